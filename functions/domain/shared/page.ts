/** `page` counts from 1. */
export interface PageRequest {
  page: number;
  pageSize: number;
  /** The {@link Page.next} of the previous page: it takes precedence over `page`. */
  after?: string | undefined;
}

/** One page, newest first, and the number of matching items. */
export interface Page<Item> {
  items: Item[];
  total: number;
  /** Where the next page starts, whatever is removed or added meanwhile; unset on the last page. */
  next?: string | undefined;
}
