import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { TABLES, type TableName } from '../../functions/adapters/dynamodb/tables.ts';
import { bindToLoopback } from '../../infra/local/http/loopback-server.ts';
import { writesOfBackup } from '../support/backup-life.ts';
import { createTable } from '../support/create-table.ts';
import { countWrites } from '../support/write-units.ts';
import type { Figure } from './figures.ts';

/** When each workflow was in every index by its status, a backup took 44; the counters account for six. */
const BUDGET = 38;

const USED = ['clusters', 'backups', 'workflows', 'counters'] as const satisfies readonly TableName[];

/** DynamoDB's write units of a successful backup. */
export async function writeFigures(): Promise<Figure[]> {
  const dynamodb = await bindToLoopback(dynalite({ createTableMs: 0 }));
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: dynamodb.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    }),
  );
  try {
    for (const name of USED) await createTable(client, name, TABLES[name]);
    const writes = countWrites(client, TABLES);
    const { request, start, end, counters } = await writesOfBackup((name) => ({ client, tableName: name }), writes);
    const section = 'DynamoDB write units of a backup, without its progress';
    return [
      {
        section,
        name: 'from the request to the end',
        value: request + start + end + counters,
        unit: 'units',
        budget: BUDGET,
      },
    ];
  } finally {
    client.destroy();
    await dynamodb.close();
  }
}
