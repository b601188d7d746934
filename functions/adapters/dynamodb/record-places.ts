import { type DynamoDBDocumentClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/lib-dynamodb';
import { backupPlace, type Place, workflowPlace } from '../../domain/events/record-counts.ts';
import { LIST_ORDER, PLACE_INDEXES } from './tables.ts';

/**
 * Reads where all records created before a day are counted, from keys alone. A workflow that has ended comes twice: once as
 * if it had not, and once to correct that.
 */
export function createRecordPlaces(
  client: DynamoDBDocumentClient,
  { BACKUPS_TABLE, WORKFLOWS_TABLE }: { BACKUPS_TABLE: string; WORKFLOWS_TABLE: string },
): (day: string) => AsyncIterable<Place & { delta: number }> {
  return async function* (day) {
    for await (const { values, createTime } of keysOf(client, BACKUPS_TABLE, PLACE_INDEXES.backups, day)) {
      const [clusterId = '', backupMode = ''] = values;
      yield { ...backupPlace({ clusterId, backupMode, createTime }), delta: 1 };
    }
    for await (const { values, createTime } of keysOf(client, WORKFLOWS_TABLE, PLACE_INDEXES.workflows, day)) {
      const [bizId = '', flowName = ''] = values;
      yield { ...workflowPlace({ bizId, flowName, createTime }), delta: 1 };
    }
    for await (const { values, createTime } of keysOf(client, WORKFLOWS_TABLE, PLACE_INDEXES.endedWorkflows, day)) {
      const [bizId = '', flowName = '', status = ''] = values;
      yield { ...workflowPlace({ bizId, flowName, createTime }), delta: -1 };
      yield { ...workflowPlace({ bizId, flowName, createTime, status }), delta: 1 };
    }
  };
}

/** What an index's keys say of items created before a day. */
async function* keysOf(
  client: DynamoDBDocumentClient,
  TableName: string,
  IndexName: string,
  day: string,
): AsyncGenerator<{ values: string[]; createTime: string }> {
  let start: Record<string, unknown> | undefined;
  do {
    const answer: ScanCommandOutput = await client.send(
      new ScanCommand({ TableName, IndexName, ExclusiveStartKey: start }),
    );
    for (const item of answer.Items ?? []) {
      const [createTime = ''] = String(item[LIST_ORDER]).split('#');
      const [, ...values] = String(item[IndexName]).split('#');
      if (createTime < day) yield { values, createTime };
    }
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
}
