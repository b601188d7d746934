import type { PageInfo } from '../typescript/routes.ts';
import { flag } from './command.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import type { Session } from './session.ts';

/** Flags of every list. */
export const LIST = { limit: flag.number('How many to show, newest first; 0 shows all. Defaults to 50', 'N') };

const PAGE_SIZE = 100;

/** The first items of a list, from as many pages as needed. */
export async function firstItems<Answer, Item>(
  session: Session,
  { limit = 50 }: { readonly limit?: number | undefined },
  pages: (pageSize: number) => AsyncGenerator<{ data: Answer; page: PageInfo }>,
  itemsOf: (answer: Answer) => readonly Item[],
): Promise<Item[]> {
  const wanted = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  const items: Item[] = [];
  for await (const { data, page } of pages(Math.min(PAGE_SIZE, wanted))) {
    items.push(...itemsOf(data));
    if (items.length < wanted) continue;
    const isMore = items.length > wanted || page.nextPageToken !== undefined;
    if (isMore) session.note(`only the newest ${wanted} are shown; --limit 0 shows all`);
    break;
  }
  return items.slice(0, wanted);
}

/** Unix seconds of `2026-03-01`, `2026-03-01T07:00:00Z`, or `7d` and `12h` ago. @throws CommandError */
export function unixSeconds(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const [, count, unit] = /^(\d+)([dh])$/.exec(text) ?? [];
  if (count !== undefined) return Math.floor(now / 1_000) - Number(count) * (unit === 'd' ? 86_400 : 3_600);
  const parsed = Date.parse(text);
  if (!Number.isNaN(parsed)) return Math.floor(parsed / 1_000);
  throw new CommandError(EXIT.usage, 'a time must be like 2026-03-01, 2026-03-01T07:00:00Z, 7d or 12h');
}
