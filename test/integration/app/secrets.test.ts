import { readFile } from 'node:fs/promises';
import { UpdateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { AwsError } from '../../../infra/local/aws/aws-error.ts';
import type { PendingAwsCall } from '../../../infra/local/aws/gate.ts';
import { createAuthority, type Identity } from '../../../infra/local/tidb-sandbox/protocol/certificates.ts';
import type { TidbSandbox } from '../../../infra/local/tidb-sandbox/sandbox.ts';
import { type Canary, canariesIn, canary } from '../../support/canaries.ts';
import { type Kept, keptInExecutions, keptInSecretsManager, keptInTables } from '../../support/everything-kept.ts';
import { type S3WithKeys, startS3WithKeys } from '../../support/s3-with-keys.ts';
import { synthesizedApp } from '../support/synthesized-app.ts';
import { until } from '../support/until.ts';
import { type AppWorld, fill, startAppWorld } from './app-world.ts';

const SECONDS = 60;

const authority = createAuthority();
const CLIENT = authority.issue('backup');
const REFUSED_CLIENT = authority.issue('refused');

/** A line of a key that no other key has. */
const canaryOf = (name: string, { key }: Identity): Canary => ({ name, value: key.split('\n')[2] ?? '' });

const SECRETS = {
  password: canary('the password of a database'),
  former: canary('a password that was replaced'),
  wrong: canary('a password that TiDB refuses'),
  unkept: canary('a password that could not be kept'),
  unreadable: canary('the text of a secret that holds no account'),
  refused: canary('what a refused request held'),
  accessKey: canary('the access key', '+%&'),
  secretKey: canary('the secret access key'),
  wrongKey: canary('a secret access key that the store refuses'),
  clientKey: canaryOf('the key of a client certificate', CLIENT),
  refusedKey: canaryOf('the key that a refused request held', REFUSED_CLIENT),
  token: canary('the token of the caller', ''),
};
const ALL = Object.values(SECRETS);

let world: AppWorld;
let store: S3WithKeys;
/** Requests to AWS, and answers of the API. */
const said: Kept[] = [];
let failing: (call: PendingAwsCall) => AwsError | undefined = () => undefined;
/** The process that backs up, by the backup's id. */
const processes = new Map<string, number>();

beforeAll(async () => {
  store = await startS3WithKeys({ accessKey: SECRETS.accessKey.value, secretAccessKey: SECRETS.secretKey.value });
  world = await startAppWorld({
    gate: {
      before(call) {
        const { service, action, input } = call;
        // Secrets belong there.
        if (service !== 'secrets_manager')
          said.push({ where: `${service} ${action}`, text: JSON.stringify(input) ?? '' });
        return failing(call) ?? 'go';
      },
    },
    onInvocationStart({ logicalId, pid, payload }) {
      const { backupId } = JSON.parse(payload) as { backupId?: string };
      if (logicalId.startsWith('BackupClusterBackupFunction') && backupId !== undefined) processes.set(backupId, pid);
    },
  });
  const { fetch } = globalThis;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const authorization = `Bearer ${SECRETS.token.value}`;
    const answer = await fetch(input, { ...init, headers: { ...init?.headers, authorization } });
    said.push({ where: `the answer to ${init?.method} ${String(input)}`, text: await answer.clone().text() });
    return answer;
  });
}, 120_000);
afterAll(async () => {
  vi.restoreAllMocks();
  await world.stop();
  await store.stop();
});

async function accepted(route: string, body?: unknown): Promise<Record<string, unknown>> {
  const { code, message, data } = await world.api(route, body);
  if (code !== 0) throw new Error(`${route}: ${message}`);
  return data;
}

const configure = (configKey: string, configValue: string) =>
  accepted('POST /config/update', { configKey, configValue });

const registrationOf = ({ host, port }: TidbSandbox, { value } = SECRETS.password) => ({
  clusterName: 'Orders',
  endpoints: [`${host}:${port}`],
  account: { user: 'root', password: value },
  tls: 'required',
  clientCertificate: CLIENT.cert,
  clientKey: CLIENT.key,
});

async function registered(sandbox: TidbSandbox, password = SECRETS.password): Promise<string> {
  return String((await accepted('POST /clusters', registrationOf(sandbox, password))).clusterId);
}

const sandboxWith = async (rows: number) => {
  const sandbox = await world.sandbox({ password: SECRETS.password.value, tls: authority.issue('localhost') });
  if (rows > 0) await fill(sandbox, rows);
  return sandbox;
};

/** Starts a backup, calls `meanwhile`, and waits until it has ended and released its cluster. */
async function backUp(clusterId: string, meanwhile: (backupId: string) => unknown = () => undefined) {
  const backupId = await world.backUp(clusterId);
  await meanwhile(backupId);
  const isEnded = ({ status }: { status: string }) => ['Finished', 'Failed', 'Canceled'].includes(status);
  const { status, error } = await world.untilRecord(backupId, isEnded, SECONDS);
  await expect.poll(() => world.maintenanceOf(clusterId), { timeout: SECONDS * 1_000 }).toBe('');
  return { backupId, status, message: error?.message };
}

async function endOf({ workFlowId }: Record<string, unknown>): Promise<string> {
  return until(
    `the end of ${workFlowId}`,
    async () => {
      const { status } = (await accepted(`GET /workflow/${workFlowId}`)).info as { status: string };
      return ['Finished', 'Error', 'Canceled'].includes(status) ? status : undefined;
    },
    SECONDS,
  );
}

const ENDS = {
  async finished() {
    const sandbox = await sandboxWith(16);
    const clusterId = await registered(sandbox, SECRETS.former);
    await accepted(`PUT /clusters/${clusterId}`, registrationOf(sandbox));
    return backUp(clusterId);
  },

  async canceled() {
    const clusterId = await slowCluster();
    return backUp(clusterId, async (backupId) => {
      await untilItRuns(backupId);
      await accepted('POST /backups/cancel', { clusterId, backupId });
    });
  },

  async killed() {
    return backUp(await slowCluster(), async (backupId) => {
      await untilItRuns(backupId);
      process.kill(processes.get(backupId) ?? Number.NaN, 'SIGKILL');
    });
  },

  accountRefused: async () => backUp(await registered(await sandboxWith(0), SECRETS.wrong)),

  async accountUnreadable() {
    const clusterId = await registered(await sandboxWith(0));
    const items = await keptInTables(world.cloud);
    const item = items.find(({ text }) => text.includes(`"${clusterId}"`))?.text ?? '';
    const SecretId = /arn:aws:secretsmanager:[^"]+/.exec(item)?.[0];
    await world.clients.secretsManager.send(
      new UpdateSecretCommand({ SecretId, SecretString: `root:${SECRETS.unreadable.value}` }),
    );
    return backUp(clusterId);
  },

  async statementRepeated() {
    const sandbox = await sandboxWith(0);
    const { accessKey, secretKey } = SECRETS;
    const query = `access-key=${encodeURIComponent(accessKey.value)}&secret-access-key=${encodeURIComponent(secretKey.value)}`;
    const message = `You have an error in your SQL syntax near "TO 's3://store/tidb?${query}'" (${secretKey.value})`;
    sandbox.setFaults([{ match: '^BACKUP', action: 'error', errno: 1064, message }]);
    return backUp(await registered(sandbox));
  },
};

async function slowCluster(): Promise<string> {
  const sandbox = await sandboxWith(512);
  sandbox.setFaults([{ throttleMiBPerSecond: 0.05 }]);
  return await registered(sandbox);
}

const untilItRuns = (backupId: string) => world.untilRecord(backupId, ({ progress = 0 }) => progress > 0, SECONDS);

it('requests are refused, or fail, with a secret in them', async () => {
  const secret = SECRETS.refused.value;
  const cluster = { clusterName: 'Orders', endpoints: ['127.0.0.1:1'] };
  const account = { user: 'root', password: SECRETS.unkept.value };
  const refused: [route: string, body?: unknown][] = [
    ['POST /clusters', { ...cluster, account: { user: 'root', password: [secret] } }],
    ['POST /clusters', { ...cluster, account: secret }],
    ['POST /clusters', { ...cluster, account: { user: secret.padEnd(33), password: secret } }],
    ['POST /clusters', { ...cluster, account, endpoints: [`root:${secret}@127.0.0.1:4000`] }],
    ['POST /clusters', { ...cluster, account, tls: secret }],
    ['POST /clusters', { ...cluster, account, clientCertificate: CLIENT.cert, clientKey: REFUSED_CLIENT.key }],
    ['POST /clusters', { ...cluster, account, tls: 'verify', ca: REFUSED_CLIENT.key }],
    ['POST /config/update', { configKey: secret, configValue: secret }],
    // A caller who confuses two keys of the configuration.
    ['POST /config/update', { configKey: 'BackupRateLimit', configValue: secret }],
    ['POST /config/update', { configKey: 'BackupStoragePath', configValue: `${secret}/..` }],
    ['POST /config/update', { configKey: 'BackupS3Endpoint', configValue: `https://key:${secret}@s3.example.com` }],
    ['POST /config/update', { configKey: 'BackupS3SecretAccessKey', configValue: `${secret}\n` }],
    [`GET /config?configKey=${encodeURIComponent(secret)}`],
  ];
  for (const [route, body] of refused) expect(await world.api(route, body), route).toHaveProperty('status', 400);

  for (const action of ['CreateSecret', 'PutItem']) {
    failing = (call) =>
      call.action === action ? new AwsError('InternalServerError', 'Internal server error', 500) : undefined;
    const answer = await world.api('POST /clusters', { ...cluster, account });
    failing = () => undefined;
    expect(answer).toMatchObject({ status: 500, code: 10000 });
  }
});

it('backups end in every way, restores in two', { timeout: 240_000 }, async () => {
  await configure('BackupStoragePath', `${await store.createBucket()}/tidb`);
  await configure('BackupS3Endpoint', store.endpoint);
  await configure('BackupS3AccessKey', SECRETS.accessKey.value);
  await configure('BackupS3SecretAccessKey', SECRETS.secretKey.value);

  const ended = await Promise.all(Object.entries(ENDS).map(async ([end, backup]) => [end, await backup()] as const));

  const { finished, ...others } = Object.fromEntries(ended) as Record<keyof typeof ENDS, (typeof ended)[number][1]>;
  expect(finished).toMatchObject({ status: 'Finished' });
  expect(others).toMatchObject({
    canceled: { status: 'Canceled' },
    // Its next run resumes the work of the dead one.
    killed: { status: 'Finished' },
    accountRefused: { message: expect.stringContaining('TidbAccessDenied') },
    accountUnreadable: { message: expect.stringContaining('must be JSON') },
    statementRepeated: { message: expect.stringContaining('1064') },
  });

  const { backupId } = finished;
  const target = await registered(await sandboxWith(0));
  expect(await endOf(await accepted(`POST /clusters/${target}/restore`, { backupId }))).toBe('Finished');
  expect(await endOf(await accepted(`POST /clusters/${target}/restore`, { backupId }))).toBe('Error');
  const copy = { ...registrationOf(await sandboxWith(0)), backupId };
  expect(await endOf(await accepted('POST /clusters/restore', copy))).toBe('Finished');

  await configure('BackupS3SecretAccessKey', SECRETS.wrongKey.value);
  expect(await backUp(target)).toMatchObject({ message: expect.stringContaining('Forbidden') });
  await configure('BackupS3SecretAccessKey', SECRETS.secretKey.value);
  await accepted(`DELETE /backups/${backupId}`);
  await world.untilGone(backupId, SECONDS);
});

it.each<[string, () => Promise<readonly Kept[]> | readonly Kept[]]>([
  ['a log line or a metric', () => world.cloud.logs.map((text) => ({ where: 'a log line', text }))],
  ['a call of AWS, events among them, or an answer of the API', () => said],
  ['a record', () => keptInTables(world.cloud)],
  ["an execution's input, output or history", () => keptInExecutions(world.cloud)],
  ['the template', async () => [{ where: 'the template', text: await readFile(await synthesizedApp(), 'utf8') }]],
])('no secret is in %s', async (_, everything) => {
  const kept = await everything();

  const found = kept.flatMap(({ where, text }) =>
    canariesIn(text, ALL).map((name) => `${name} is in ${where}: ${text}`),
  );

  expect(kept.length).toBeGreaterThan(0);
  expect(found).toEqual([]);
});

it('everything to be stored is in Secrets Manager', async () => {
  const texts = (await keptInSecretsManager(world.cloud)).join('\n');

  const { password, wrong, secretKey, accessKey, wrongKey, unreadable, clientKey } = SECRETS;
  expect(new Set(canariesIn(texts, ALL))).toEqual(
    new Set([password, wrong, secretKey, accessKey, wrongKey, unreadable, clientKey].map(({ name }) => name)),
  );
});
