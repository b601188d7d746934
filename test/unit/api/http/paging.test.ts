import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { cursorPage, listAnswer, listed, ONE_POSITION, pageQuery } from '../../../../functions/api/http/paging.ts';

const schema = z.object({ ...pageQuery, status: z.optional(z.string()) }).check(ONE_POSITION);
const asked = (query: Record<string, string> = {}, change: object = {}) => ({
  ...({ name: 'things', params: { clusterId: 'c' }, query: schema.parse(query), caller: 'me' } as const),
  ...change,
});

/** The second page's token. */
const tokenFor = (query: Record<string, string> = {}, change: object = {}) =>
  cursorPage(asked(query, change), { page: 1, pageSize: 10 }, 'last-key').nextPageToken ?? '';

describe('a page of a list', () => {
  it('begins at 1 with 10 items, or where it is told', () => {
    expect(listed(asked())).toEqual({ filters: {}, page: { page: 1, pageSize: 10 } });
    expect(listed(asked({ page: '3', pageSize: '5', status: 'a' }))).toEqual({
      filters: { status: 'a' },
      page: { page: 3, pageSize: 5 },
    });
    const pageToken = tokenFor();
    expect(listed(asked({ pageToken }))).toEqual({
      filters: {},
      page: { page: 2, after: 'last-key', pageSize: 10 },
    });
  });

  it.each<[string, string, Record<string, string>, object]>([
    ['other filters', tokenFor({ status: 'a' }), { status: 'b' }, {}],
    ['no filter', tokenFor({ status: 'a' }), {}, {}],
    ['another page size', tokenFor(), { pageSize: '11' }, {}],
    ['another caller', tokenFor(), {}, { caller: 'you' }],
    ['another list', tokenFor(), {}, { name: 'others' }],
    ['another path', tokenFor(), {}, { params: { clusterId: 'd' } }],
    ['a truncated token', tokenFor().slice(0, -1), {}, {}],
    ['a token that is not JSON', 'x', {}, {}],
    ['a token in another encoding', `${tokenFor()}=`, {}, {}],
  ])('refuses a token with %s', (_, pageToken, query, change) => {
    expect(() => listed(asked({ ...query, pageToken }, change))).toThrow('pageToken: must be the nextPageToken');
  });

  it('is not asked for by a page and a token at once, nor by a token without end', () => {
    const refused = (query: Record<string, string>) => schema.safeParse(query).error?.issues[0]?.path;

    expect(refused({ page: '1', pageToken: 'x' })).toEqual(['pageToken']);
    expect(refused({ pageToken: 'x'.repeat(1_025) })).toEqual(['pageToken']);
    expect(refused({ pageToken: '' })).toEqual(['pageToken']);
    expect(refused({ page: '1' })).toBeUndefined();
    expect(refused({ pageToken: 'x'.repeat(1_024) })).toBeUndefined();
  });

  it('has a token for the next one, if there is one', () => {
    const page = { page: 1, pageSize: 10 };
    const first = listAnswer(asked(), page, { items: [1], total: 11, next: 'last-key' }, String);
    expect(first).toEqual({ data: { things: ['1'] }, page: { ...page, total: 11, nextPageToken: tokenFor() } });

    const last = listAnswer(asked(), page, { items: [1], total: 1 }, String);
    expect(last).toEqual({ data: { things: ['1'] }, page: { ...page, total: 1 } });
  });
});
