import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';
import type { Stack } from '../../template/stack.ts';
import type { Engine } from './engine.ts';

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const indexSchema = z.object({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: z.record(z.string(), z.unknown()),
});

const tableSchema = z.object({
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.string() })),
  KeySchema: keySchema,
  GlobalSecondaryIndexes: z.array(indexSchema).optional(),
  LocalSecondaryIndexes: z.array(indexSchema).optional(),
});

/** Key attributes by table name. */
export type TableKeys = ReadonlyMap<string, readonly string[]>;

/** Creates the template's tables, all on demand. Backup, encryption and protection settings mean nothing in memory. */
export async function createTables(stack: Stack, engine: Engine): Promise<TableKeys> {
  const keys = new Map<string, readonly string[]>();
  for (const { ref, properties } of stack.resourcesOf('AWS::DynamoDB::Table')) {
    const table = tableSchema.parse(properties);
    const answer = await engine.send(
      'CreateTable',
      JSON.stringify({ TableName: ref, BillingMode: 'PAY_PER_REQUEST', ...table }),
    );
    if (answer.status !== 200) throw new Error(`table ${ref} cannot be created: ${answer.body}`);
    keys.set(
      ref,
      table.KeySchema.map(({ AttributeName }) => AttributeName),
    );
  }
  await Promise.all([...keys.keys()].map((name) => untilActive(name, engine)));
  return keys;
}

async function untilActive(table: string, engine: Engine): Promise<void> {
  for (;;) {
    const { body } = await engine.send('DescribeTable', JSON.stringify({ TableName: table }));
    if (body.includes('"TableStatus":"ACTIVE"')) return;
    await setImmediate();
  }
}
