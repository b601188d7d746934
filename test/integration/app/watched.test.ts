import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { METRICS, type MetricName, NAMESPACE } from '../../../functions/domain/events/metrics.ts';
import { sumOf } from '../../../functions/domain/events/record-counts.ts';
import { AwsError } from '../../../infra/local/aws/aws-error.ts';
import type { Statistic } from '../../../infra/local/aws/cloudwatch/metrics.ts';
import type { TidbSandbox } from '../../../infra/local/tidb-sandbox/sandbox.ts';
import { ruleId } from '../support/rule-id.ts';
import { until } from '../support/until.ts';
import { type AppWorld, fill, startAppWorld } from './app-world.ts';

const putEvents = z.object({ Entries: z.array(z.object({ DetailType: z.string(), Detail: z.string() })) });
const statusChange = z.looseObject({
  version: z.literal('1'),
  changeId: z.string(),
  sequence: z.string(),
  backupId: z.optional(z.string()),
  workFlowId: z.string(),
  status: z.string(),
  correlationId: z.optional(z.string()),
});
type StatusChange = z.infer<typeof statusChange>;

let world: AppWorld;
let sandbox: TidbSandbox;
let clusterId: string;
/** Events that the bus has accepted. */
const told: { detailType: string; change: StatusChange }[] = [];
/** A call, with all its SDK attempts, that the event bus rejects. */
let refused: string | undefined;

beforeAll(async () => {
  world = await startAppWorld({
    gate: {
      before({ service, action, input, invocationId }) {
        if (service !== 'eventbridge' || action !== 'PutEvents') return 'go';
        refused ??= invocationId;
        if (invocationId === refused) return new AwsError('InternalException', 'not now', 500);
        for (const { DetailType: detailType, Detail } of putEvents.parse(input).Entries) {
          told.push({ detailType, change: statusChange.parse(JSON.parse(Detail)) });
        }
        return 'go';
      },
    },
  });
  sandbox = await world.sandbox();
  await fill(sandbox, 8);
  clusterId = await world.register(sandbox);
}, 120_000);
afterAll(() => world.stop());

/** @returns the answer's `data`, and the id in its header */
async function request(route: string, body: object | undefined, correlationId: string) {
  const [method = '', path = ''] = route.split(' ', 2);
  const response = await fetch(world.cloud.api + path, {
    method,
    headers: { 'content-type': 'application/json', 'x-correlation-id': correlationId },
    ...(body && { body: JSON.stringify(body) }),
  });
  const { code, message, data } = (await response.json()) as {
    code: number;
    message: string;
    data: { backupId: string };
  };
  expect([code, message]).toEqual([0, 'OK']);
  return { data, named: response.headers.get('x-correlation-id') };
}

const recountLine = z.object({
  message: z.object({
    ...{ message: z.literal('recounted'), time: z.string() },
    ...{ counters: z.number(), corrected: z.number(), unsettled: z.number() },
  }),
});
const logLine = z.looseObject({ message: z.looseObject({ correlationId: z.string() }) });

const untilFree = () =>
  until('the cluster to be free', async () => ((await world.maintenanceOf(clusterId)) === '' ? true : undefined), 20);

/** Log lines of the functions about a request, by its correlation id. */
function loggedOf(correlationId: string): Record<string, unknown>[] {
  return world.cloud.logs.flatMap((line) => {
    const json = line.slice(line.indexOf('{'));
    const { data } = logLine.safeParse(isJson(json) ? JSON.parse(json) : undefined);
    return data?.message.correlationId === correlationId ? [data.message] : [];
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The distinct status changes of a backup in order, once the last of them is `last`. */
function changesOf(backupId: string, last: string): Promise<StatusChange[]> {
  return until(`the event of a backup that is ${last}`, () => {
    const all = told.filter(
      ({ detailType, change }) => detailType.startsWith('Backup') && change.backupId === backupId,
    );
    const distinct = [...new Map(all.map(({ change }) => [change.changeId, change])).values()];
    distinct.sort((a, b) => Number(BigInt(a.sequence) - BigInt(b.sequence)));
    return distinct.at(-1)?.status === last ? distinct : undefined;
  });
}

function measured(name: MetricName, dimensions: Record<string, string> = {}, statistic: Statistic = 'Sum') {
  expect(METRICS[name].dimensions.map((set) => [...set].sort())).toContainEqual(Object.keys(dimensions).sort());
  return world.cloud.metrics.statistic({ namespace: NAMESPACE, name, dimensions }, statistic);
}

async function deletionsOf(backupId: string): Promise<string[]> {
  const stateMachineArn = world.cloud.outputs.DeleteStateMachineArn;
  const { executions = [] } = await world.clients.stepFunctions.send(new ListExecutionsCommand({ stateMachineArn }));
  return executions.flatMap(({ name }) => (name?.startsWith(backupId) ? [name] : []));
}

it('one id identifies a request in its answer, its log, its workflow, the log of each node, its SQL and its events', async () => {
  // The sandbox fails only statements with the comment.
  sandbox.setFaults([
    {
      match: '^BACKUP /\\* correlation-id=order-4711\\.a \\*/ DATABASE',
      action: 'error',
      message: 'it was in the SQL',
    },
  ]);

  const { data, named } = await request('POST /backups', { clusterId }, 'order-4711.a');

  const { backupId } = data;
  const { error } = await world.untilRecord(backupId, ({ status }) => status === 'Failed');
  expect(error?.message).toContain('it was in the SQL');
  expect(named).toBe('order-4711.a');
  const executionArn = `${world.cloud.outputs.BackupStateMachineArn?.replace(':stateMachine:', ':execution:')}:${backupId}`;
  const { input = '' } = await world.clients.stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  expect(JSON.parse(input)).toMatchObject({ correlationId: 'order-4711.a' });
  await until('the last line of the last node', () => loggedOf('order-4711.a').find(({ node }) => node === 'fail'));
  expect(loggedOf('order-4711.a')).toEqual([
    expect.objectContaining({ operation: 'backup/create', status: 200 }),
    expect.objectContaining({ node: 'chooseExecutor', workFlowId: backupId, message: 'executor chosen' }),
    expect.objectContaining({ node: 'chooseExecutor', workFlowId: backupId, message: 'node ended' }),
    expect.objectContaining({ node: 'backup', workFlowId: backupId, message: 'backup begins' }),
    expect.objectContaining({ node: 'backup', workFlowId: backupId, message: 'node failed' }),
    expect.objectContaining({ node: 'fail', workFlowId: backupId, message: 'node failed' }),
  ]);
  const changes = await changesOf(backupId, 'Failed');
  expect(changes.map(({ correlationId }) => correlationId)).toEqual(changes.map(() => 'order-4711.a'));
  await until('the count of it', () => measured('BackupsFailed') === 1 || undefined);
  await untilFree();
});

it('every status of a backup is published, even if the event bus failed at first, and counted once', async () => {
  sandbox.setFaults([]);
  const manual = { BackupMode: 'manual' };
  const counted = () =>
    [
      measured('BackupsStarted', manual),
      measured('BackupsFinished', manual),
      measured('BackupsFailed'),
      measured('Requests', { Operation: 'backup/create', Outcome: 'ok' }),
      measured('Latency', { Operation: 'backup/delete' }, 'SampleCount'),
    ].map((count = 0) => count);
  const before = counted();
  const { data } = await request('POST /backups', { clusterId }, 'well');
  const { backupId } = data;
  await world.untilRecord(backupId, ({ status }) => status === 'Finished');
  await untilFree();

  // Two requests, as of a client that retries: the second finds the first one's execution running.
  await Promise.all(['first', 'second'].map((id) => request(`DELETE /backups/${backupId}`, undefined, id)));
  await world.untilGone(backupId);

  const changes = await changesOf(backupId, 'Deleted');
  expect(changes.map(({ status }) => status)).toEqual([
    'Initializing',
    'Processing',
    'Finished',
    'Deleting',
    'Deleted',
  ]);
  expect(await deletionsOf(backupId)).toEqual([`${backupId}-delete-1`]);
  expect(refused).toBeDefined();
  const after = counted();
  expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([1, 1, 0, 1, 2]);
  expect([measured('BackupBytes'), measured('BackupDuration')]).toEqual([expect.any(Number), expect.any(Number)]);
  await until('the end of the deletion', () => measured('WorkflowsFinished', { FlowName: 'DeleteBackup' }));
});

it('a cluster is overdue as long as no finished backup is as young as its strategy requires', async () => {
  const rule = await ruleId('BackupAgesRule');
  const { code } = await world.api(`PUT /clusters/${clusterId}/strategy`, {
    strategy: { backupDate: '', period: '0:00-0:00', maxBackupAgeHours: 2 },
  });
  expect(code).toBe(0);
  const backupId = await world.backUp(clusterId);
  await world.untilRecord(backupId, ({ status }) => status === 'Finished');
  const overdueIn = async (hours: number) => {
    const seen = () => ({
      sweeps: measured('ClustersOverdue', {}, 'SampleCount') ?? 0,
      overdue: measured('ClustersOverdue') ?? 0,
    });
    const before = seen();
    await world.cloud.fireRule(rule, new Date(Date.now() + hours * 3_600_000));
    await until('the sweep', () => seen().sweeps > before.sweeps || undefined);
    return seen().overdue - before.overdue;
  };

  expect(await overdueIn(1.9)).toBe(0);
  expect(measured('BackupAge', {}, 'Maximum')).toBeCloseTo(1.9 * 3_600, -2);
  expect(await overdueIn(2.1)).toBe(1);
  await world.api(`DELETE /backups/${backupId}`);
  await world.untilGone(backupId);
  // Now it counts from the registration, also some moments ago.
  expect(await overdueIn(1.9)).toBe(0);
});

/** What the counters of all clusters say. */
async function countedRecords(): Promise<{ backups: number; running: number }> {
  const { TableNames = [] } = await world.clients.dynamodb.send(new ListTablesCommand());
  const TableName = TableNames.find((name) => name.includes('TablesCounters'));
  const { Items = [] } = await DynamoDBDocumentClient.from(world.clients.dynamodb).send(new ScanCommand({ TableName }));
  const of = (table: string) => Items.filter(({ group }) => group === table) as { counts: Record<string, number> }[];
  return {
    backups: sumOf(of('backups'), () => true),
    running: sumOf(of('workflows'), (cell) => cell.endsWith('#Unended')),
  };
}

it('the counters of records are exact even if a batch of the stream is redelivered', async () => {
  const rule = await ruleId('RecountRule');
  const recounted = async (daysAhead: number) => {
    const time = new Date(Date.now() + daysAhead * 86_400_000).toISOString();
    await world.cloud.fireRule(rule, new Date(time));
    return await until('the recount', () => {
      const lines = world.cloud.logs.map((line) => line.slice(line.indexOf('{'))).filter(isJson);
      const recounts = lines.map((line) => recountLine.safeParse(JSON.parse(line)).data?.message);
      return recounts.find((recount) => recount?.time.slice(0, 19) === time.slice(0, 19));
    });
  };
  // A recount waits half a minute where a change is on its way.
  await until('the counters', async () => {
    const { backups, running } = await countedRecords();
    return (backups === (await world.records('pageSize=100')).length && running === 0) || undefined;
  });
  await recounted(0);

  const recount = await recounted(1);

  expect(recount).toMatchObject({ corrected: 0, unsettled: 0 });
  // For all clusters and this one, for backups and workflows.
  expect(recount?.counters).toBe(4);
});
