import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EvidenceRange } from '../../../../functions/domain/backup/evidence-view.ts';
import { startTables, type TestTables } from '../../../support/dynamodb.ts';
import { aBackup, aFinishedBackup, CREATED, later } from '../../../support/records.ts';

/** Windows and backups in turns, one a minute; a backup of another cluster beside each. */
const MOMENTS = 7;
const at = (minute: number) => later(60 * minute);
const nameOf = (minute: number) => (minute % 2 === 0 ? `window ${at(minute)}` : `backup-${minute}`);

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
  const { backups, strategies } = tables.stores;
  for (let minute = 0; minute < MOMENTS; minute += 1) {
    const createTime = at(minute);
    await backups.create(aBackup({ backupId: `other-${minute}`, clusterId: 'other', createTime }));
    if (minute % 2 === 1) await backups.create(aBackup({ backupId: `backup-${minute}`, createTime }));
    else await strategies.keepMissed('cluster-1', [{ start: createTime, end: at(minute + 1), reason: 'held' }]);
  }
});
afterAll(() => tables.stop());

async function pageOf(range: EvidenceRange, pageSize: number, after?: string) {
  const { entries, next } = await tables.stores.evidence.page('cluster-1', range, { after, pageSize });
  return {
    next,
    names: entries.map((entry) => ('missed' in entry ? `window ${entry.missed.start}` : entry.record.backupId)),
  };
}

const newestFirst = Array.from({ length: MOMENTS }, (_, index) => nameOf(MOMENTS - 1 - index));

it.each([1, 2, 3, 6, 7, 8])('leads through backups and missed windows by pages of %i, each once', async (pageSize) => {
  const names: string[] = [];
  let after: string | undefined;
  let pages = 0;
  do {
    const page = await pageOf({}, pageSize, after);
    names.push(...page.names);
    after = page.next;
    pages += 1;
  } while (after !== undefined);

  expect(names).toEqual(newestFirst);
  expect(pages).toBe(Math.ceil(MOMENTS / pageSize));
});

it('includes both ends of a range, on the last page too', async () => {
  const range = { createdFrom: Date.parse(at(1)), createdTo: Date.parse(at(4)) };
  const first = await pageOf(range, 3);

  expect(first.names).toEqual([4, 3, 2].map(nameOf));
  expect(await pageOf(range, 3, first.next)).toEqual({ names: [nameOf(1)], next: undefined });
});

it('reads the older links of chains, newest first, from a moment on', async () => {
  const base = { backupId: 'base', backupTso: '449' };
  await tables.stores.backups.adopt(aFinishedBackup({ backupId: 'base', clusterId: 'chained', createTime: CREATED }));
  const link = { backupType: 'incr', clusterId: 'chained', base } as const;
  for (const seconds of [1, 2]) {
    const createTime = later(seconds);
    await tables.stores.backups.adopt(aFinishedBackup({ ...link, backupId: `link-${seconds}`, createTime }));
  }

  const { links, next } = await tables.stores.evidence.olderLinks('chained', later(1));

  expect(links).toEqual([
    { backupId: 'link-1', createTime: later(1), base },
    { backupId: 'base', createTime: CREATED },
  ]);
  expect(next).toBeUndefined();
});
