import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { described } from '../../domain/shared/described.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import { queryNumber } from '../json/wire-format.ts';
import type { Answer } from './route.ts';

export const MAX_TOKEN_LENGTH = 1_024;

/** The page parameters in the query of every list, with {@link ONE_POSITION} among its checks. */
export const pageQuery = {
  page: described(
    z.optional(queryNumber(1, 1_000_000)),
    'Counts from 1. Defaults to 1, or to the position of `pageToken`',
  ),
  pageSize: z._default(queryNumber(1, 100), 10),
  pageToken: described(
    z.optional(z.string().check(z.minLength(1), z.maxLength(MAX_TOKEN_LENGTH))),
    'The `nextPageToken` of the previous page, instead of `page`; the rest of the query must stay the same',
  ),
};
type PageQuery = z.infer<z.ZodMiniObject<typeof pageQuery>>;

export const ONE_POSITION = z.refine<Pick<PageQuery, 'page' | 'pageToken'>>(
  ({ page, pageToken }) => page === undefined || pageToken === undefined,
  { path: ['pageToken'], error: 'must not be given together with page' },
);

/** Identifies the caller: tokens are valid only for their owner. */
export interface ListDeps {
  caller: string;
}

/** A requested list: its token is not valid for any other. */
interface Asked<Query extends PageQuery = PageQuery> {
  /** Name of the items in the answer. */
  name: string;
  params?: object;
  query: Query;
  caller: string;
}

/**
 * The filters of a list, and where its page starts.
 * @throws ServiceError 10001 for a token that is damaged, or of another list
 */
export function listed<Query extends PageQuery>(
  asked: Asked<Query>,
): { filters: Omit<Query, keyof PageQuery>; page: PageRequest } {
  const { page = 1, pageSize, pageToken, ...filters } = asked.query;
  const begin = pageToken === undefined ? { page } : positionIn(pageToken, asked);
  return { filters, page: { ...begin, pageSize } };
}

/** The position of a page in a list that is not counted, because counting costs as much as reading everything. */
export function cursorPage(
  asked: Asked,
  { page, pageSize }: PageRequest,
  next: string | undefined,
): NonNullable<Answer<unknown>['page']> {
  const nextPageToken = next === undefined ? undefined : tokenOf({ page: page + 1, after: next }, asked);
  return { page, pageSize, ...(nextPageToken && { nextPageToken }) };
}

/** A list's answer: the items under their name, and the page information. */
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
 * The token is no secret: a forged one gives nothing that a filter would not. The digest only detects a token that was
 * cut off or belongs to another list.
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
    'pageToken: must be the nextPageToken of the previous page, with the same filters and pageSize',
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
