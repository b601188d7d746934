import { TABLES } from '../../functions/adapters/dynamodb/tables.ts';
import { writesOfBackup } from '../support/backup-life.ts';
import { createEngineTables } from '../support/engine-tables.ts';
import { sdkClient } from '../support/in-process.ts';
import { countWrites } from '../support/write-units.ts';
import type { Figure } from './figures.ts';

/** What each is for is in `docs/decisions/0019-write-units-stay.md`. */
const BUDGET = 38;

/** DynamoDB's write units of a successful backup. */
export async function writeFigures(): Promise<Figure[]> {
  const { client } = await createEngineTables(sdkClient);
  const writes = countWrites(client, TABLES);
  const units = await writesOfBackup((name) => ({ client, tableName: name }), writes);
  const section = 'DynamoDB write units of a backup, without its progress';
  const { request, start, end, counters } = units;
  return [
    ...Object.entries(units).map(([name, value]) => ({ section, name, value, unit: 'units' })),
    {
      section,
      name: 'from the request to the end',
      value: request + start + end + counters,
      unit: 'units',
      budget: BUDGET,
    },
  ];
}
