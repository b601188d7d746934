import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { FunctionName } from '../../functions/environment.ts';
import { type BenchCloud, refill, startBackup, untilFinished } from './bench-cloud.ts';
import type { Figure } from './figures.ts';

/** Step Functions counts a transition each time a step of the workflow runs (its pricing page). */
const TRANSITIONS_BUDGET = 5;

const API: readonly FunctionName[] = ['query', 'command'];

/**
 * Counts the calls of each route and workflow to the local endpoints, against the design's budgets. Every function has run once before, so
 * that secrets and configuration are cached as in a warm function.
 */
export async function awsCallFigures(bench: BenchCloud): Promise<Figure[]> {
  const { api, source, target } = bench;
  await refill(source, 0.01);
  await refill(target, 0);
  const restore = (backupId: string) =>
    api<{ workFlowId: string }>('POST', `/clusters/${target.clusterId}/restore`, { backupId });

  const warmUp = await startBackup(api, source);
  await untilFinished(api, warmUp);
  await untilFinished(api, (await restore(warmUp)).workFlowId);
  await refill(target, 0);

  const figures: Figure[] = [];
  const route = (name: string, value: number, budget: number): void => {
    figures.push({ section: 'AWS calls of a warm request', name, value, unit: 'calls', budget });
  };
  const reads: [string, string, number][] = [
    ['get a cluster', `/clusters/${source.clusterId}`, 1],
    ['list clusters', '/clusters', 2],
    // The cluster, its records, and which of them are of its present TiDB.
    ['preview retention', `/clusters/${source.clusterId}/retention/preview?keepLast=1`, 3],
    ['history of a cluster', `/clusters/${source.clusterId}/history`, 8],
    ['list backups', `/backups?clusterId=${source.clusterId}`, 2],
    ['list workflows', `/workflow?bizId=${source.clusterId}`, 2],
    ['a workflow in detail', `/workflow/${warmUp}`, 2],
    ['get a configuration key', '/config?configKey=BackupStoragePath', 1],
  ];
  for (const [name, path, budget] of reads) {
    await api('GET', path);
    const [, calls] = await bench.countCalls(API, () => api('GET', path));
    route(name, calls, budget);
  }

  const { clusterId } = target;
  const plans: [string, 'POST' | 'DELETE', string, object | undefined, number][] = [
    ['plan a backup', 'POST', '/backups', { clusterId }, 2],
    ['plan a restore', 'POST', `/clusters/${clusterId}/restore`, { backupId: warmUp }, 2],
    ['plan a deletion', 'DELETE', `/backups/${warmUp}`, undefined, 1],
  ];
  for (const [name, method, path, body, budget] of plans) {
    // The first request makes the function cache the configuration.
    await api(method, `${path}?plan=true`, body);
    const [, calls] = await bench.countCalls(API, () => api(method, `${path}?plan=true`, body));
    route(name, calls, budget);
  }

  // The configuration is read again after some seconds: this request has just cached it.
  await untilFinished(api, await startBackup(api, source));
  const [[backupId, starting], backup] = await bench.countCalls(
    ['command', 'backup', 'updateBackupRecord', 'backupEnd'],
    async () => {
      const started = await bench.countCalls(API, () => startBackup(api, source));
      await untilFinished(api, started[0]);
      return started;
    },
  );
  route('start a backup', starting, 4);
  // Its base is looked up and held.
  const [incremental, onTop] = await bench.countCalls(API, () => startBackup(api, source, 'incr'));
  route('start an incremental backup', onTop, 6);
  await untilFinished(api, incremental);
  const [[, restarting], restored] = await bench.countCalls(
    ['command', 'restoreFromSrcCluster', 'restoreEnd'],
    async () => {
      const started = await bench.countCalls(API, () => restore(backupId));
      await untilFinished(api, started[0].workFlowId);
      return started;
    },
  );
  route('restore into a cluster', restarting, 4);

  const section = 'A workflow, its request included';
  figures.push(
    { section, name: 'AWS calls of a backup', value: backup, unit: 'calls' },
    { section, name: 'AWS calls of a restore', value: restored, unit: 'calls' },
    {
      section,
      name: 'state transitions of a successful backup',
      value: await transitions(bench, backupId),
      unit: '',
      budget: TRANSITIONS_BUDGET,
    },
  );
  return figures;
}

async function transitions({ cloud }: BenchCloud, executionName: string): Promise<number> {
  const client = new SFNClient({
    endpoint: cloud.endpoints.stepfunctions,
    region: cloud.region,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  const stateMachineArn = cloud.outputs.BackupStateMachineArn ?? '';
  const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${executionName}`;
  const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
  client.destroy();
  return events.filter(({ type }) => type?.endsWith('StateEntered')).length;
}
