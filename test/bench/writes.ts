import { TABLES } from '../../functions/adapters/dynamodb/tables.ts';
import { writesOfBackup } from '../support/backup-life.ts';
import { createEngineTables } from '../support/engine-tables.ts';
import { sdkClient } from '../support/in-process.ts';
import { countWrites } from '../support/write-units.ts';
import type { Figure } from './figures.ts';

/** When each workflow was in every index by its status, a backup took 44; the counters account for six. */
const BUDGET = 38;

/** DynamoDB's write units of a successful backup. */
export async function writeFigures(): Promise<Figure[]> {
  const { client } = await createEngineTables(sdkClient);
  const writes = countWrites(client, TABLES);
  const { request, start, end, counters } = await writesOfBackup((name) => ({ client, tableName: name }), writes);
  return [
    {
      section: 'DynamoDB write units of a backup, without its progress',
      name: 'from the request to the end',
      value: request + start + end + counters,
      unit: 'units',
      budget: BUDGET,
    },
  ];
}
