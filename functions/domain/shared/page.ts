/** `page` counts from 1. */
export interface PageRequest {
  page: number;
  pageSize: number;
  /** The {@link Page.next} of the page before: it, and not `page`, says where this one begins. */
  after?: string | undefined;
}

/** One page, newest first, and how many items match in all. */
export interface Page<Item> {
  items: Item[];
  total: number;
  /** Where the next page begins, whatever is removed or added meanwhile; absent on the last one. */
  next?: string | undefined;
}
