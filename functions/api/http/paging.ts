import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { described } from '../../domain/shared/described.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import { queryNumber } from '../json/wire-format.ts';
import type { Answer } from './route.ts';

export const MAX_TOKEN_LENGTH = 1_024;

/** Which part of a list is asked for; in the query of every list, with {@link ONE_POSITION} among its checks. */
export const pageQuery = {
  page: described(z.optional(queryNumber(1, 1_000_000)), 'Counts from 1; absent: 1, or where `pageToken` goes on'),
  pageSize: z._default(queryNumber(1, 100), 10),
  pageToken: described(
    z.optional(z.string().check(z.minLength(1), z.maxLength(MAX_TOKEN_LENGTH))),
    'The `nextPageToken` of the page before, in place of `page`; everything else in the query stays as it was',
  ),
};
type PageQuery = z.infer<z.ZodMiniObject<typeof pageQuery>>;

export const ONE_POSITION = z.refine<Pick<PageQuery, 'page' | 'pageToken'>>(
  ({ page, pageToken }) => page === undefined || pageToken === undefined,
  { path: ['pageToken'], error: 'must not be given together with page' },
);

/** Who asks: nobody goes on with another's list. */
export interface ListDeps {
  caller: string;
}

/** A list as it was asked for: a token of one goes on with no other. */
interface Asked<Query extends PageQuery = PageQuery> {
  /** What the answer calls the items. */
  name: string;
  params?: object;
  query: Query;
  caller: string;
}

/**
 * What is listed, and where its page begins.
 * @throws ServiceError 10001 for a token that is damaged, or of another list
 */
export function listed<Query extends PageQuery>(
  asked: Asked<Query>,
): { filters: Omit<Query, keyof PageQuery>; page: PageRequest } {
  const { page = 1, pageSize, pageToken, ...filters } = asked.query;
  const begin = pageToken === undefined ? { page } : positionIn(pageToken, asked);
  return { filters, page: { ...begin, pageSize } };
}

/** Where a page stands in a list that is not counted: how many match costs as much as all of them. */
export function cursorPage(
  asked: Asked,
  { page, pageSize }: PageRequest,
  next: string | undefined,
): NonNullable<Answer<unknown>['page']> {
  const nextPageToken = next === undefined ? undefined : tokenOf({ page: page + 1, after: next }, asked);
  return { page, pageSize, ...(nextPageToken && { nextPageToken }) };
}

/** A list's answer: the items under their name, and where they stand in the whole. */
export function listAnswer<Item, Json, Name extends string>(
  asked: Asked & { name: Name },
  { page, pageSize }: PageRequest,
  { items, total, next }: Page<Item>,
  toJson: (item: Item) => Json,
): Required<Omit<Answer<Record<Name, Json[]>>, 'file'>> {
  const data = { [asked.name]: items.map(toJson) } as Record<Name, Json[]>;
  return { data, page: { total, ...cursorPage(asked, { page, pageSize }, next) } };
}

/**
 * The token is no secret: whoever forges one gets nothing that a filter would not give. The digest only tells one that was cut off or
 * belongs to another list.
 */
const position = z.object({ page: z.int(), after: z.string() });
type Position = z.infer<typeof position>;

function tokenOf({ page, after }: Position, asked: Asked): string {
  const digest = digestOf({ page, after }, asked);
  return Buffer.from(JSON.stringify({ page, after, digest })).toString('base64url');
}

function positionIn(token: string, asked: Asked): Position {
  const found = position.safeParse(jsonIn(token));
  if (found.success && tokenOf(found.data, asked) === token) return found.data;
  throw new ServiceError(
    'TIEM_PARAMETER_INVALID',
    'pageToken: must be the nextPageToken that you were answered, with the same filters and pageSize',
  );
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function digestOf({ page, after }: Position, { name, params, query, caller }: Asked): string {
  const { page: _, pageToken: __, ...filters } = query;
  const given = Object.entries(filters).filter(([, value]) => value !== undefined);
  const whole = [page, after, name, params, given.sort(([a], [b]) => (a < b ? -1 : 1)), caller];
  return createHash('sha256').update(JSON.stringify(whole)).digest('base64url');
}
