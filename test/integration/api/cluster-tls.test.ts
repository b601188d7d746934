import { createPrivateKey } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAuthority } from '../../../infra/local/tidb-sandbox/protocol/certificates.ts';
import { useApiWorld } from '../../support/api-world.ts';
import { aBackup, aCluster, later } from '../../support/records.ts';

const authority = createAuthority('Orders CA');
const CLIENT = authority.issue('backup');
const OTHER = authority.issue('other');
const CA = { tls: 'verify', ca: authority.cert };
const IDENTITY = { clientCertificate: CLIENT.cert, clientKey: CLIENT.key };
const OWN_SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:tls-AbCdEf';
const VALID_TO = '2049-12-31T23:59:59.000Z';

const world = useApiWorld();
beforeEach(() => {
  world.secrets.clear();
});

const settings = { clusterName: 'Orders', endpoints: ['tidb.example.com:4000'] };
const account = { secretArn: OWN_SECRET };

const put = (id: string, change: object) => world.api(`PUT /clusters/${id}`, { ...settings, ...change });
const certificatesOf = async (id: string) => (await world.api(`GET /clusters/${id}`)).data.certificates;
const kept = () => [...world.secrets.values()];

describe('certificates of a cluster', () => {
  it('are stored only in Secrets Manager, and shown by subject and expiry', async () => {
    await world.register('whole', { account, ...CA, ...IDENTITY });

    const { data } = await world.api('GET /clusters/whole');

    expect(data).toMatchObject({
      tls: 'verify',
      certificates: {
        ca: { subject: 'CN=Orders CA', validTo: VALID_TO },
        client: { subject: 'CN=backup', validTo: VALID_TO },
      },
    });
    expect(kept()).toEqual([authority.cert, JSON.stringify({ certificate: CLIENT.cert, key: CLIENT.key })]);
    const { client, tableName } = world.tables.table('clusters');
    const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: { clusterId: 'whole' } }));
    expect(JSON.stringify([Item, data])).not.toContain('-----BEGIN');
  });

  it('may be in secrets of the user, which are shown by their ARN', async () => {
    await world.register('own', { account, tls: 'verify', caSecretArn: OWN_SECRET, clientSecretArn: OWN_SECRET });

    const secret = { secretArn: OWN_SECRET };
    expect(await certificatesOf('own')).toEqual({ ca: secret, client: secret });
    expect(world.secrets.size).toBe(0);
  });

  it.each([
    ['ca: must be PEM that contains only certificates', { ...CA, ca: 'a certificate' }],
    ['ca: must be PEM that contains only certificates', { ...CA, ca: authority.cert.replace('MII', 'AAA') }],
    ['ca: must be PEM that contains only certificates', { ...CA, ca: `${authority.cert}${CLIENT.key}` }],
    ['ca: must not be given together with caSecretArn', { ...CA, caSecretArn: OWN_SECRET }],
    ['ca: needs "tls": "verify"', { ...CA, tls: 'required' }],
    ['ca: needs "tls": "verify"', { ca: authority.cert }],
    ['caSecretArn: needs "tls": "verify"', { tls: 'preferred', caSecretArn: OWN_SECRET }],
    ['caSecretArn: must be the ARN of a Secrets Manager secret', { tls: 'verify', caSecretArn: 'tls' }],
    ['clientKey: must be given together with clientCertificate', { clientCertificate: CLIENT.cert }],
    ['clientKey: must be given together with clientCertificate', { clientKey: CLIENT.key }],
    ['clientKey: must be the private key of clientCertificate', { ...IDENTITY, clientKey: OTHER.key }],
    ['clientKey: must be a private key in PEM, without a passphrase', { ...IDENTITY, clientKey: CLIENT.cert }],
    ['clientKey: must be a private key in PEM, without a passphrase', { ...IDENTITY, clientKey: withPassphrase() }],
    ['clientCertificate: must be PEM that contains only certificates', { ...IDENTITY, clientCertificate: CLIENT.key }],
    [
      'clientCertificate: must not be given together with clientSecretArn',
      { ...IDENTITY, clientSecretArn: OWN_SECRET },
    ],
    ['clientCertificate: needs "tls" other than "disabled"', { ...IDENTITY, tls: 'disabled' }],
  ])('are refused with what would be right: %s', async (message, change) => {
    const body = { ...settings, clusterId: 'refused', account: { user: 'u', password: 'p' }, ...change };

    const answer = await world.api('POST /clusters', body);

    expect(answer).toMatchObject({ status: 400, code: 10001, message: expect.stringContaining(message) });
    expect(answer.message).not.toMatch(/BEGIN (?!CERT|PRIVATE KEY-----", …)|MII/);
    expect(world.secrets.size).toBe(0);
    expect(await world.api('GET /clusters/refused')).toMatchObject({ code: 10003 });
  });

  it.each([['caSecretArn'], ['clientSecretArn']])(
    'are never read from a secret of another cluster: %s',
    async (field) => {
      await world.register('victim');
      const [secretArn] = world.secrets.keys();

      const answer = await world.api('POST /clusters', { ...settings, account, tls: 'verify', [field]: secretArn });

      expect(answer).toMatchObject({ code: 10001, message: expect.stringContaining(`${field}: must not be a secret`) });
      await world.api('DELETE /clusters/victim');
    },
  );

  it('leave nothing behind if not all of them can be stored', async () => {
    const { create } = world.ports.secrets;
    vi.spyOn(world.ports.secrets, 'create')
      .mockImplementationOnce(create)
      .mockImplementationOnce(create)
      .mockRejectedValueOnce(new Error('timeout'));

    const answer = await world.api('POST /clusters', {
      ...{ ...settings, clusterId: 'half', account: { user: 'u', password: 'p' } },
      ...{ ...CA, ...IDENTITY },
    });

    expect(answer).toMatchObject({ code: 10000 });
    expect(world.secrets.size).toBe(0);
  });

  it('are removed with the cluster', async () => {
    await world.register('leaving', { ...CA, ...IDENTITY });
    expect(world.secrets.size).toBe(3);

    await world.api('DELETE /clusters/leaving');

    expect(world.secrets.size).toBe(0);
  });
});

describe('changing TLS', () => {
  it('changes nothing if nothing about it is named', async () => {
    await world.register('untouched', { account, ...CA, ...IDENTITY });
    const before = await certificatesOf('untouched');

    await put('untouched', {});

    expect((await world.api('GET /clusters/untouched')).data).toMatchObject({ tls: 'verify', certificates: before });
    expect(world.secrets.size).toBe(2);
  });

  it('keeps "disabled" if none is named, and everything else', async () => {
    await world.ports.clusters.create(aCluster({ clusterId: 'before', tls: 'disabled' }));

    await put('before', {});

    expect((await world.api('GET /clusters/before')).data.tls).toBe('disabled');
  });

  it('replaces what is given, and keeps the rest', async () => {
    await world.register('renewed', { account, ...CA, ...IDENTITY });
    const arns = [...world.secrets.keys()];

    await put('renewed', { clientCertificate: OTHER.cert, clientKey: OTHER.key });

    expect(await certificatesOf('renewed')).toMatchObject({
      ca: { subject: 'CN=Orders CA' },
      client: { subject: 'CN=other' },
    });
    expect([...world.secrets]).toEqual([
      [arns[0], authority.cert],
      [arns[1], JSON.stringify({ certificate: OTHER.cert, key: OTHER.key })],
    ]);
  });

  it('removes what is null, and its secret', async () => {
    await world.register('less', { account, ...CA, ...IDENTITY });

    await put('less', { ca: null });
    expect(await certificatesOf('less')).toEqual({ client: { subject: 'CN=backup', validTo: VALID_TO } });
    expect(world.secrets.size).toBe(1);
    await put('less', { clientCertificate: null });

    expect((await world.api('GET /clusters/less')).data).not.toHaveProperty('certificates');
    expect(world.secrets.size).toBe(0);
  });

  it('removes the stored CA when a secret of the user replaces it', async () => {
    await world.register('moved', { account, ...CA });

    await put('moved', { caSecretArn: OWN_SECRET });

    expect(await certificatesOf('moved')).toEqual({ ca: { secretArn: OWN_SECRET } });
    expect(world.secrets.size).toBe(0);
  });

  it('removes what the new mode does not use', async () => {
    await world.register('weaker', { account, ...CA, ...IDENTITY });

    await put('weaker', { tls: 'required' });
    expect(await certificatesOf('weaker')).toEqual({ client: { subject: 'CN=backup', validTo: VALID_TO } });
    await put('weaker', { tls: 'disabled' });

    expect((await world.api('GET /clusters/weaker')).data).not.toHaveProperty('certificates');
    expect(world.secrets.size).toBe(0);
  });

  it("judges a CA by the cluster's mode", async () => {
    await world.register('plain', { account, tls: 'required' });

    expect(await put('plain', { ca: authority.cert })).toMatchObject({
      code: 10001,
      message: expect.stringContaining('ca: needs'),
    });
    expect(await put('plain', CA)).toMatchObject({ code: 0 });
    expect(await certificatesOf('plain')).toMatchObject({ ca: { subject: 'CN=Orders CA' } });
  });
});

describe('a restore into a new cluster', () => {
  beforeAll(async () => {
    const { backups } = world.ports;
    await backups.create(aBackup({ backupId: 'finished' }));
    await backups.startAttempt('finished', later(1));
    await backups.finish('finished', { attempt: 1, backupTso: '1', sizeBytes: '2', at: later(2) });
  });
  const restore = (body: object) =>
    world.api('POST /clusters/restore', { clusterName: 'A copy', backupId: 'finished', ...body });

  it('uses the certificates of the cluster that it adopts', async () => {
    const { code, data } = await restore({ endpoints: ['copy.example.com:4000'], account, ...CA, ...IDENTITY });

    expect(code).toBe(0);
    expect(await certificatesOf(String(data.clusterId))).toMatchObject({
      ca: { subject: 'CN=Orders CA' },
      client: { subject: 'CN=backup' },
    });
    expect(kept()).toHaveLength(2);
  });

  it('leaves none behind when it cannot start', async () => {
    vi.spyOn(world.ports.executions, 'start').mockRejectedValueOnce(new Error('throttled'));

    const answer = await restore({ endpoints: ['copy.example.com:4000'], account, ...CA, ...IDENTITY });

    expect(answer.code).not.toBe(0);
    expect(world.secrets.size).toBe(0);
  });

  it.each(['', '?plan=true'])('refuses what would be unused %s', async (query) => {
    const body = { clusterName: 'A copy', backupId: 'finished' };
    const post = (change: object) => world.api(`POST /clusters/restore${query}`, { ...body, ...change });

    expect(await post({ ca: authority.cert, tls: 'verify' })).toMatchObject({
      code: 10001,
      message: expect.stringContaining('endpoints: must be given with certificates'),
    });
    expect(await post({ endpoints: ['t:4000'], account, ca: authority.cert })).toMatchObject({
      code: 10001,
      message: expect.stringContaining('ca: needs "tls": "verify"'),
    });
  });
});

function withPassphrase(): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' } as const;
  return createPrivateKey(CLIENT.key).export(options).toString();
}
