import { createRecordPlaces } from '../../functions/adapters/dynamodb/record-places.ts';
import { LIST_ORDER, listAttributes, listOrder, TABLES } from '../../functions/adapters/dynamodb/tables.ts';
import type { BackupFilter } from '../../functions/domain/backup/backup-store.ts';
import type { PageRequest } from '../../functions/domain/shared/page.ts';
import { recountRecords } from '../../functions/operations/status/recount-records.ts';
import { createEngineTables } from '../support/engine-tables.ts';
import { sdkClient } from '../support/in-process.ts';
import { countReads } from '../support/read-units.ts';
import { aBackup, later } from '../support/records.ts';
import type { Figure } from './figures.ts';

const RECORDS = 100_000;
const CLUSTERS = 100;
const PAGE_SIZE = 10;

/** DynamoDB reads 1 MB of keys per call, at half a read unit per 4 KB; these keys are below 200 bytes. */
const unitsOfKeys = (keys: number) => Math.ceil((keys * 200) / 4_096 / 2);

/** As many keys as short lists have, the counters of some months, and one unit per record of the page. */
const PAGE = { calls: 3, units: unitsOfKeys(500) + 20 + PAGE_SIZE };

const MINUTE = 60_000;

/** The cost of `GET /backups` in DynamoDB, for 100,000 records a minute apart, and for the thousand of one cluster. */
export async function listPageFigures(): Promise<Figure[]> {
  const {
    client,
    fill,
    stores: { backups, counters },
  } = await createEngineTables(sdkClient);
  await fill('backups', RECORDS, recordItem);
  // As an upgrade counts them: existing records on the first day, later ones on the second.
  const recordsBefore = createRecordPlaces(client, { BACKUPS_TABLE: 'backups', WORKFLOWS_TABLE: 'workflows' });
  for (const day of [1, 2]) {
    const now = Date.parse(later(0)) + (RECORDS + day * 24 * 60) * MINUTE;
    await recountRecords(now, { counters, recordsBefore, wait: async () => {} });
  }

  const reads = countReads(client);
  const figures: Figure[] = [];
  const measure = async (name: string, filter: BackupFilter, page: PageRequest, budget: typeof PAGE) => {
    const before = { calls: reads.commands.length, units: reads.units };
    const { items, next } = await backups.list(filter, page);
    if (items.length !== PAGE_SIZE) throw new Error(`${name} has ${items.length} records`);
    const section = `A page of ${RECORDS.toLocaleString('en')} backup records, its total included`;
    const calls = reads.commands.length - before.calls;
    const units = reads.units - before.units;
    figures.push(
      { section, name: `${name}: calls`, value: calls, unit: 'calls', budget: budget.calls },
      { section, name: `${name}: read units`, value: units, unit: 'units', budget: budget.units },
    );
    return next;
  };
  const page = (number: number, after?: string) => ({ page: number, pageSize: PAGE_SIZE, after });
  // A process checks once whether totals are known.
  await backups.list({}, page(1));
  const next = await measure('page 1 of all', {}, page(1), PAGE);
  // One more query, at the cursor.
  await measure('by cursor', {}, page(1, next), { calls: PAGE.calls + 1, units: PAGE.units + 1 });
  await measure('page 500 of all', {}, page(500), { ...PAGE, units: PAGE.units + unitsOfKeys(500 * PAGE_SIZE) });
  const clusterId = 'cluster-7';
  await measure('page 1 of one cluster in 100', { clusterId }, page(1), PAGE);
  await measure('page 100 of one cluster in 100', { clusterId }, page(100), {
    ...PAGE,
    units: PAGE.units + unitsOfKeys(1_000),
  });
  const createdFrom = Date.parse(later(0)) + 1_000 * MINUTE;
  const range = { createdFrom, createdTo: createdFrom + 90_000 * MINUTE };
  // And the keys of two days.
  const edges = { calls: PAGE.calls + 2, units: PAGE.units + unitsOfKeys(2 * 24 * 60) };
  await measure('page 1 of a time range', range, page(1), edges);
  return figures;
}

/** As the store writes it, with ids of full length. */
function recordItem(number: number): Record<string, unknown> {
  const record = aBackup({
    backupId: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    clusterId: `cluster-${number % CLUSTERS}`,
    createTime: new Date(Date.parse(later(0)) + number * MINUTE).toISOString(),
  });
  const { backupId, clusterId, backupMode, createTime } = record;
  return {
    ...record,
    ...listAttributes(TABLES.backups, { clusterId, backupMode }),
    [LIST_ORDER]: listOrder(createTime, backupId),
  };
}
