import {
  type BatchGetCommand,
  type DynamoDBDocumentClient,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { listItems, matchingIds } from '../../../../functions/adapters/dynamodb/list-items.ts';
import { TABLES } from '../../../../functions/adapters/dynamodb/tables.ts';

const KEYS_A_CALL = 4;

/** Newest first. */
const orderOf = (index: number) => `2026-${String(99 - index)}`;

/** A DynamoDB with this many records, which examines few keys per call and only finds what it is asked for by key. */
function scripted(records: number) {
  const sent: string[] = [];
  const query = ({ ExclusiveStartKey, Select }: QueryCommandInput) => {
    const from = Number(ExclusiveStartKey?.at ?? 0);
    const to = Math.min(from + KEYS_A_CALL, records);
    const Items = Array.from({ length: to - from }, (_, index) => ({
      backupId: `b${from + index}`,
      listOrder: orderOf(from + index),
    }));
    return {
      Count: Items.length,
      ...(Select !== 'COUNT' && { Items }),
      ...(to < records && { LastEvaluatedKey: { at: to } }),
    };
  };
  const client = {
    async send(command: QueryCommand | BatchGetCommand) {
      if (command instanceof QueryCommand) {
        sent.push(command.input.Select ?? 'keys');
        return query(command.input);
      }
      sent.push('items');
      const { Keys } = command.input.RequestItems?.backups ?? {};
      return { Responses: { backups: Keys } };
    },
  };
  return { client: client as unknown as DynamoDBDocumentClient, sent };
}

const schema = z.object({ backupId: z.string() });
const request = { definition: TABLES.backups, filters: {}, schema };

describe('a list with more keys than one call reads', () => {
  it('is counted completely, and keys after the page are neither returned nor kept', async () => {
    const { client, sent } = scripted(14);
    const table = { client, tableName: 'backups' };

    const found = await listItems({ ...request, table, page: { page: 2, pageSize: 3 } });

    expect(found).toEqual({
      items: [{ backupId: 'b3' }, { backupId: 'b4' }, { backupId: 'b5' }],
      total: 14,
      next: orderOf(5),
    });
    expect(sent).toEqual(['keys', 'keys', 'COUNT', 'COUNT', 'items']);
  });

  it('continues after a key that has been removed, and counts those before it', async () => {
    const { client, sent } = scripted(14);
    const table = { client, tableName: 'backups' };
    const page = { page: 2, pageSize: 3 };

    const found = await listItems({ ...request, table, page: { ...page, after: `${orderOf(5)}#gone` } });
    const last = await listItems({ ...request, table, page: { ...page, after: orderOf(10) } });

    expect(found.items).toEqual([{ backupId: 'b5' }, { backupId: 'b6' }, { backupId: 'b7' }]);
    expect(found).toMatchObject({ total: 14, next: orderOf(7) });
    expect(last).toEqual({ items: [{ backupId: 'b11' }, { backupId: 'b12' }, { backupId: 'b13' }], total: 14 });
    expect(sent.slice(0, 5)).toEqual(['keys', 'keys', 'keys', 'COUNT', 'items']);
  });

  it('has an empty page beyond its end, with the same total', async () => {
    const { client } = scripted(14);
    const table = { client, tableName: 'backups' };

    expect(await listItems({ ...request, table, page: { page: 9, pageSize: 3 } })).toEqual({ items: [], total: 14 });
  });

  it('passes all its ids to a caller that needs them', async () => {
    const { client } = scripted(9);

    const ids = await matchingIds({ ...request, table: { client, tableName: 'backups' } });

    expect(ids).toEqual(['b0', 'b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7', 'b8']);
  });
});
