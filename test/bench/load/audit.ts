import { setTimeout as sleep } from 'node:timers/promises';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { paginateListExecutions, SFNClient } from '@aws-sdk/client-sfn';
import type { BackupRecord } from '../../../clients/typescript/api.ts';
import type { Data, ListRoute } from '../../../clients/typescript/routes.ts';
import type { LocalCloud } from '../../../infra/local/local-cloud.ts';
import type { Scene } from './client.ts';
import type { Answer, Recorder } from './recorder.ts';

const CLIENT = { region: 'us-east-1', credentials: { accessKeyId: 'AUDIT', secretAccessKey: 'audit' } };

/**
 * What must hold of everything that was started, once nothing is running any more.
 * @param reader sends the requests that it needs
 * @returns violations
 */
export async function audit(
  cloud: LocalCloud,
  { recorder, fleet, started, deleted }: Scene,
  reader: Recorder,
): Promise<string[]> {
  const records = new Map((await allRecords(reader)).map((record) => [record.id, record]));
  const executions = await executionsOf(cloud, 'BackupStateMachineArn');
  const attempts = await attemptsInBucket(cloud);
  const broken: string[] = [];
  const must = (holds: boolean, what: string) => {
    if (!holds) broken.push(what);
  };

  for (const [backupId, clusterId] of started) {
    const record = records.get(backupId);
    must(record !== undefined || deleted.has(backupId), `the record of ${backupId} is lost`);
    must(record === undefined || record.clusterId === clusterId, `${backupId} is recorded for another cluster`);
    must(
      executions.filter((name) => name === backupId).length === 1,
      `${backupId} does not have exactly one execution`,
    );
  }
  // A client without an answer does not know what it has started.
  const hasAllAnswers = recorder.errors.size === 0;
  for (const name of executions)
    must(!hasAllAnswers || started.has(name), `${name} is running, but no client knows it`);
  for (const id of records.keys())
    must(!hasAllAnswers || started.has(id), `${id} was recorded, but no client knows it`);
  for (const backupId of fleet.values()) {
    must(records.get(backupId)?.status === 'Finished', `${backupId} did not finish: ${records.get(backupId)?.status}`);
  }
  for (const [backupId, numbers] of attempts) {
    must(records.get(backupId)?.status === 'Finished', `unfinished ${backupId} has files`);
    must(numbers.size === 1, `${backupId} was written ${numbers.size} times`);
  }
  for (const { id, status } of records.values()) must(status !== 'Finished' || attempts.has(id), `${id} has no files`);
  broken.push(...overlaps([...records.values()]));
  return broken;
}

/** Backups that ran on the same cluster at the same time. */
function overlaps(records: readonly BackupRecord[]): string[] {
  const byCluster = Object.groupBy(records, ({ clusterId }) => clusterId);
  return Object.values(byCluster).flatMap((ofCluster = []) => {
    const inOrder = ofCluster.toSorted((a, b) => a.startTime.localeCompare(b.startTime));
    return inOrder.flatMap(({ id, startTime }, at) => {
      const before = inOrder[at - 1];
      return before !== undefined && before.endTime > startTime ? [`${id} started while ${before.id} was running`] : [];
    });
  });
}

/** Longer than any operation takes on a busy machine. */
const REST_SECONDS = 600;

/**
 * Waits until nothing is running any more.
 * @returns what still is when the time is up
 */
export async function untilAtRest(recorder: Recorder): Promise<string[]> {
  const deadline = Date.now() + REST_SECONDS * 1_000;
  for (;;) {
    const atWork = await findAtWork(recorder);
    if (atWork.length === 0 || Date.now() > deadline) return atWork;
    await sleep(1_000);
  }
}

async function findAtWork(recorder: Recorder): Promise<string[]> {
  const clusters = await all(
    (query) => recorder.send('GET /clusters', { query }),
    (data) => data.clusters,
  );
  const workflows = await all(
    (query) => recorder.send('GET /workflow', { query }),
    (data) => data.workFlows,
  );
  const records = await allRecords(recorder);
  return [
    ...clusters.flatMap(({ clusterId, maintenanceStatus }) =>
      maintenanceStatus === '' ? [] : [`${clusterId} is held: ${maintenanceStatus}`],
    ),
    ...workflows.flatMap(({ id, status }) =>
      ['Finished', 'Error', 'Canceled'].includes(status) ? [] : [`workflow ${id} is ${status}`],
    ),
    ...records.flatMap(({ id, status }) => (ENDED.includes(status) ? [] : [`backup ${id} is ${status}`])),
  ];
}

const ENDED = ['Finished', 'Failed', 'Canceled'];

const allRecords = (recorder: Recorder) =>
  all(
    (query) => recorder.send('GET /backups', { query }),
    (data) => data.backupRecords,
  );

/** Asks again if the service fails: the recorder counts it. */
async function persistently<R extends ListRoute>(
  ask: () => Promise<Answer<R> | undefined>,
): Promise<Answer<R> | undefined> {
  for (let left = 10; left > 0; left -= 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(1_000);
  }
  return undefined;
}

/** Every page of a list. */
async function all<R extends ListRoute, Item>(
  ask: (query: { page: number; pageSize: number }) => Promise<Answer<R> | undefined>,
  itemsOf: (data: Data<R>) => readonly Item[],
): Promise<Item[]> {
  const items: Item[] = [];
  for (let page = 1; ; page += 1) {
    const answer = await persistently(() => ask({ page, pageSize: 100 }));
    if (answer?.data === undefined) throw new Error(`page ${page} of a list could not be read`);
    items.push(...itemsOf(answer.data));
    if (page * 100 >= Number(answer.page?.total)) return items;
  }
}

/** Names of all executions of a state machine. */
async function executionsOf({ endpoints, outputs }: LocalCloud, output: string): Promise<string[]> {
  const client = new SFNClient({ ...CLIENT, endpoint: endpoints.stepfunctions });
  const names: string[] = [];
  for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn: outputs[output] })) {
    names.push(...executions.map(({ name = '' }) => name));
  }
  client.destroy();
  return names;
}

/** By backup, the attempts with files in the bucket. */
async function attemptsInBucket({ endpoints, outputs }: LocalCloud): Promise<Map<string, Set<string>>> {
  const client = new S3Client({ ...CLIENT, endpoint: endpoints.s3, forcePathStyle: true });
  const attempts = new Map<string, Set<string>>();
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: outputs.BackupBucket, ContinuationToken }));
    for (const { Key = '' } of page.Contents ?? []) {
      const [, backupId = '', attempt = ''] = /([^/]+)\/attempt-(\d+)\//.exec(Key) ?? [];
      attempts.set(backupId, (attempts.get(backupId) ?? new Set()).add(attempt));
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  client.destroy();
  return attempts;
}
