import { AwsError } from './aws-error.ts';

/** One page of a list and the token of the next. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | undefined;
}

/** Cuts a page out of a list. Throws `invalidTokenCode` for a token that was not issued here. */
export function pageOf<Item>(
  items: readonly Item[],
  { maxResults, nextToken }: { maxResults: number; nextToken: string | undefined },
  invalidTokenCode: string,
): Page<Item> {
  const offset = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, 'base64').toString());
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new AwsError(invalidTokenCode, `Invalid Token: '${nextToken}'`);
  const end = offset + maxResults;
  return {
    items: items.slice(offset, end),
    nextToken: end < items.length ? Buffer.from(String(end)).toString('base64') : undefined,
  };
}
