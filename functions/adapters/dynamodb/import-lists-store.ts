import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { type ImportLists, importEntry } from '../../domain/backup/import-job.ts';
import { getItem, type Table } from './dynamodb.ts';

const KEPT_SECONDS = 30 * 24 * 3_600;

const listPage = z.object({ entries: z.array(importEntry) });

/** The lists of imports: one item per page, which DynamoDB removes after a month. */
export function createImportLists({ client, tableName: TableName }: Table): ImportLists {
  const keyOf = (workFlowId: string, page: number) => ({ pageId: `${workFlowId}#${page}` });
  return {
    async write(workFlowId, page, entries, at) {
      const expiresAt = Math.floor(Date.parse(at) / 1_000) + KEPT_SECONDS;
      await client.send(new PutCommand({ TableName, Item: { ...keyOf(workFlowId, page), entries, expiresAt } }));
    },
    read: async (workFlowId, page) =>
      (await getItem({ client, tableName: TableName }, keyOf(workFlowId, page), listPage))?.entries,
  };
}
