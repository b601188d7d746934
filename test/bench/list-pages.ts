import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { createBackupStore } from '../../functions/adapters/dynamodb/backups-store.ts';
import { LIST_ORDER, listAttributes, listOrder, TABLES } from '../../functions/adapters/dynamodb/tables.ts';
import { bindToLoopback } from '../../infra/local/http/loopback-server.ts';
import { createTable } from '../support/create-table.ts';
import { countReads } from '../support/read-units.ts';
import { aBackup, later } from '../support/records.ts';
import type { Figure } from './figures.ts';

const RECORDS = 100_000;
const CLUSTERS = 100;
const PAGE_SIZE = 10;
const TABLE = 'backups';

/** DynamoDB looks at 1 MB of keys a call, half a read unit for 4 KB; these keys are below 200 bytes. */
const COUNTING = { calls: Math.ceil((RECORDS * 200) / 2 ** 20), units: Math.ceil((RECORDS * 200) / 4_096 / 2) };
/** One consistent read unit for each record of the page, all below 4 KB. */
const READING = { calls: 1, units: PAGE_SIZE };

/** What `GET /backups` costs at DynamoDB on page 1 and page 500 of 100,000 records, and of the thousand that one cluster has. */
export async function listPageFigures(): Promise<Figure[]> {
  const dynamodb = await bindToLoopback(dynalite({ createTableMs: 0 }));
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: dynamodb.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    }),
  );
  try {
    await createTable(client, TABLE, TABLES.backups);
    await fill(client);
    const reads = countReads(client);
    const backups = createBackupStore({ client, tableName: TABLE });
    const figures: Figure[] = [];
    const measure = async (name: string, clusterId: string | undefined, page: number, budget: typeof READING) => {
      const before = { calls: reads.commands.length, units: reads.units };
      const { items } = await backups.list({ clusterId }, { page, pageSize: PAGE_SIZE });
      if (items.length !== PAGE_SIZE) throw new Error(`${name} has ${items.length} records`);
      const section = `A page of ${RECORDS.toLocaleString('en')} backup records, its total included`;
      const calls = reads.commands.length - before.calls;
      figures.push(
        { section, name: `${name}: calls`, value: calls, unit: 'calls', budget: budget.calls },
        {
          section,
          name: `${name}: read units`,
          value: reads.units - before.units,
          unit: 'units',
          budget: budget.units,
        },
      );
    };
    const all = { calls: COUNTING.calls + READING.calls, units: COUNTING.units + READING.units };
    await measure('page 1 of all', undefined, 1, all);
    await measure('page 500 of all', undefined, 500, all);
    const share = { calls: 2, units: Math.ceil(COUNTING.units / CLUSTERS) + READING.units };
    await measure('page 1 of one cluster in 100', 'cluster-7', 1, share);
    await measure('page 100 of one cluster in 100', 'cluster-7', 100, share);
    return figures;
  } finally {
    client.destroy();
    await dynamodb.close();
  }
}

async function fill(client: DynamoDBDocumentClient): Promise<void> {
  const BATCH = 25;
  for (let first = 0; first < RECORDS; first += BATCH) {
    const items = Array.from({ length: BATCH }, (_, index) => ({ PutRequest: { Item: recordItem(first + index) } }));
    await client.send(new BatchWriteCommand({ RequestItems: { [TABLE]: items } }));
  }
}

/** As the store writes it, with ids as long as they are. */
function recordItem(number: number): Record<string, unknown> {
  const record = aBackup({
    backupId: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    clusterId: `cluster-${number % CLUSTERS}`,
    createTime: later(number),
  });
  const { backupId, clusterId, backupMode, createTime } = record;
  return {
    ...record,
    ...listAttributes(TABLES.backups, { clusterId, backupMode }),
    [LIST_ORDER]: listOrder(createTime, backupId),
  };
}
