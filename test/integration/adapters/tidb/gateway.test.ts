import { createServer } from 'node:net';
import mysql from 'mysql2/promise';
import { afterEach, describe, expect, it } from 'vitest';
import { createTidbGateway } from '../../../../functions/adapters/tidb/gateway.ts';
import type { StorageLocation } from '../../../../functions/domain/storage/storage-location.ts';
import type { TidbSession } from '../../../../functions/domain/tidb/tidb.ts';
import { startTidbSandbox } from '../../../../infra/local/tidb-sandbox/sandbox.ts';
import { fakeSecrets } from '../../../support/fake-secrets.ts';
import { aCluster } from '../../../support/records.ts';
import { type Answer, type ScriptedTidb, startScriptedTidb } from '../../../support/scripted-tidb.ts';

const LOCATION: StorageLocation = { type: 's3', bucket: 'backups', prefix: 'tidb/cluster-1/backup-1/attempt-1' };
const MARK = { kind: 'BACKUP', backupId: 'backup-1', attempt: 1 } as const;
const KEYS = { accessKey: "A+K&%#'", secretAccessKey: 'hush\\hush' };
const WITH_KEYS: StorageLocation = {
  ...LOCATION,
  credentials: { accessKeySecretArn: 'arn:a', secretAccessKeySecretArn: 'arn:s' },
};
const secrets = fakeSecrets({
  databaseAccount: async () => ({ user: 'root', password: `p'a"s\\s` }),
  storageKeys: async () => KEYS,
});

const servers: ScriptedTidb[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** `hostname` of a connection: several of them act as a load balancer. */
async function prepare(
  answer: (sql: string, connection: number) => Answer | undefined,
  hostname: (connection: number) => string = () => 'tidb-0',
) {
  const server = await startScriptedTidb({
    answer: (sql, connection) =>
      answer(sql, connection) ??
      (sql === 'SHOW GRANTS' ? [{ 'Grants for root@%': "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%'" }] : undefined) ??
      (sql.startsWith('SELECT CONNECTION_ID()')
        ? [
            {
              connectionId: 9007199254740993n,
              hostname: hostname(connection),
              port: 4000n,
              version: '8.0.11-TiDB-v8.5.0',
            },
          ]
        : []),
  });
  servers.push(server);
  const gateway = createTidbGateway(secrets);
  const cluster = aCluster({ endpoints: [server.endpoint] });
  return { server, gateway, cluster };
}

describe('a password that is rotated while an operation runs', () => {
  it('opens later connections', async () => {
    const account = { user: 'root', password: 'first' };
    let reads = 0;
    const rotating = fakeSecrets({
      databaseAccount: async () => {
        reads += 1;
        return { ...account };
      },
    });
    const tidb = await startTidbSandbox({ password: 'first' });
    try {
      const [port = 0] = tidb.ports;
      const gateway = createTidbGateway(rotating);
      const cluster = aCluster({ endpoints: [`${tidb.host}:${port}`] });
      const hold = await gateway.holdSnapshot(cluster);
      const session = await gateway.openSession(cluster);
      const admin = await mysql.createConnection({ host: tidb.host, port, user: 'root', password: 'first' });
      await admin.query("ALTER USER 'root' IDENTIFIED BY 'second'");
      admin.destroy();
      account.password = 'second';
      reads = 0;

      const reader = await hold.openReader(hold.tso);
      const other = await hold.openReader(hold.tso);

      expect((await reader.list()).databases).toContain('test');
      // The old one is not retried over and over: TiDB locks accounts that fail too often.
      expect(reads).toBe(1);
      await Promise.all([reader.close(), other.close(), hold.close()]);
      session.close();
    } finally {
      await tidb.stop();
    }
  });

  it('is still refused if the secret holds no other', async () => {
    let reads = 0;
    const refused = fakeSecrets({
      databaseAccount: async () => {
        reads += 1;
        return { user: 'root', password: 'wrong' };
      },
    });
    const tidb = await startTidbSandbox({ password: 'right' });
    try {
      const cluster = aCluster({ endpoints: [`${tidb.host}:${tidb.ports[0]}`] });

      await expect(createTidbGateway(refused).openSession(cluster)).rejects.toMatchObject({ name: 'TidbAccessDenied' });
      expect(reads).toBe(2);
    } finally {
      await tidb.stop();
    }
  });
});

describe('a session with TiDB', () => {
  it('knows its server and its full connection id', async () => {
    const { gateway, cluster } = await prepare(() => undefined);

    const session = await gateway.openSession(cluster);

    expect(session.version).toBe('8.0.11-TiDB-v8.5.0');
    expect(await session.locate()).toEqual({ server: 'tidb-0:4000', connectionId: '9007199254740993' });
    session.close();
  });

  it('reads the result of BACKUP by column name, 64-bit numbers exactly', async () => {
    const { gateway, cluster, server } = await prepare((sql) =>
      sql.startsWith('BACKUP')
        ? [{ BackupTS: 449999999999999999n, Added: 'column', Size: 9007199254740993n, Destination: 's3://backups' }]
        : undefined,
    );
    const session = await gateway.openSession(cluster);

    const outcome = await session.backup({ location: LOCATION, limits: { rateLimit: 5 } });

    expect(outcome).toEqual({ backupTso: '449999999999999999', sizeBytes: '9007199254740993' });
    expect(server.statements).toContain(
      "BACKUP DATABASE * TO 's3://backups/tidb/cluster-1/backup-1/attempt-1' RATE_LIMIT = 5 MB/SECOND SEND_CREDENTIALS_TO_TIKV = FALSE",
    );
    session.close();
  });

  it('distinguishes a lost connection from an answer', async () => {
    const { gateway, cluster } = await prepare((sql) => (sql.startsWith('BACKUP') ? 'drop' : undefined));
    const session = await gateway.openSession(cluster);

    await expect(session.backup({ location: LOCATION, limits: {} })).rejects.toMatchObject({ name: 'StatementLost' });
    session.close();
  });

  it("keeps keys out of TiDB's errors", async () => {
    const { gateway, cluster } = await prepare((sql) =>
      sql.startsWith('BACKUP')
        ? { errno: 1064, message: `syntax error near "${sql}" ${KEYS.secretAccessKey}` }
        : undefined,
    );
    const session = await gateway.openSession(cluster);

    const failure = await session.backup({ location: WITH_KEYS, limits: {} }).catch((error: unknown) => error);

    expect(failure).toMatchObject({ name: 'BackupFailed', message: expect.stringContaining('TiDB error 1064') });
    expect(inspectAll(failure)).not.toMatch(/hush|A%2BK|A\+K/);
    session.close();
  });

  it('watches the same server, even if a load balancer leads elsewhere first', async () => {
    const { gateway, cluster, server } = await prepare(
      (sql) => (sql.startsWith('SHOW BACKUPS') ? [aJob({ Progress: 42.9 })] : undefined),
      (connection) => (connection === 2 || connection === 3 ? 'tidb-1' : 'tidb-0'),
    );
    const session = await gateway.openSession(cluster);

    await expect(session.control.progress(MARK, '7')).resolves.toEqual({ percent: 42, finished: false, waits: false });
    expect(server.statements.filter((sql) => sql.includes('CONNECTION_ID()'))).toHaveLength(4);
    await expect.poll(server.connections).toBe(2);
    session.close();
  });

  it('asks again which server it is on, and watches the one that a proxy has moved it to', async () => {
    // Connection 1 is the session's, 2 watched the first server, 3 meets it again, 4 meets the second one.
    let isMoved = false;
    const { gateway, cluster, server } = await prepare(
      (sql, connection) => (sql.startsWith('SHOW BACKUPS') ? [aJob({ Progress: connection })] : undefined),
      (connection) => (connection === 4 || (connection === 1 && isMoved) ? 'tidb-1' : 'tidb-0'),
    );
    const session = await gateway.openSession(cluster);
    expect(await session.locate()).toMatchObject({ server: 'tidb-0:4000' });
    await expect(session.control.progress(MARK, '7')).resolves.toMatchObject({ percent: 2 });

    isMoved = true;

    expect(await session.locate()).toMatchObject({ server: 'tidb-1:4000' });
    await expect(session.control.progress(MARK, '7')).resolves.toMatchObject({ percent: 4 });
    await expect.poll(server.connections).toBe(2);
    session.close();
  });

  it('continues without progress if the same server cannot be reached', async () => {
    const { gateway, cluster } = await prepare(
      (sql) => (sql.startsWith('BACKUP') ? [{ BackupTS: 1n, Size: 2n }] : undefined),
      (connection) => `tidb-${connection}`,
    );
    const session = await gateway.openSession(cluster);

    await expect(session.control.progress(MARK, '7')).resolves.toBeUndefined();
    await expect(session.backup({ location: LOCATION, limits: {} })).resolves.toEqual({
      backupTso: '1',
      sizeBytes: '2',
    });
    session.close();
  });

  it('tries the next endpoint when one is unavailable', async () => {
    const { gateway, cluster, server } = await prepare(() => undefined);
    const away = await unusedEndpoint();

    const session = await gateway.openSession({ ...cluster, endpoints: [away, server.endpoint] });

    expect(await session.locate()).toMatchObject({ server: 'tidb-0:4000' });
    session.close();
  });

  it('names every endpoint that could not be reached, and why', async () => {
    const gateway = createTidbGateway(secrets);
    const [first, second] = [await unusedEndpoint(), await unusedEndpoint()];

    await expect(gateway.openSession(aCluster({ endpoints: [first, second] }))).rejects.toMatchObject({
      name: 'TidbUnreachable',
      message: `no TiDB server of the cluster could be reached: ${first} (ECONNREFUSED), ${second} (ECONNREFUSED)`,
    });
  });

  it('says that the account was refused, without the password', async () => {
    const server = await startScriptedTidb({
      answer: () => [],
      refuses: { errno: 1045, message: `Access denied for user 'root'@'127.0.0.1' (p'a"s\\s)` },
    });
    servers.push(server);

    const failure = await createTidbGateway(secrets)
      .openSession(aCluster({ endpoints: [server.endpoint] }))
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ name: 'TidbAccessDenied', message: expect.stringContaining('Access denied') });
    expect(inspectAll(failure)).not.toContain(`p'a"s`);
  });

  it.each([
    ['BACKUP', (session: TidbSession) => session.backup({ location: WITH_KEYS, limits: {} })],
    ['RESTORE', (session: TidbSession) => session.restore({ location: WITH_KEYS, limits: {} })],
    ['SHOW BACKUP METADATA', (session: TidbSession) => session.control.contentsOfBackup(WITH_KEYS)],
  ])('with "preferred" and no TLS never sends a store\'s keys: %s', async (_, send) => {
    const { gateway, cluster, server } = await prepare(() => undefined);
    const session = await gateway.openSession({ ...cluster, tls: 'preferred' });

    await expect(send(session)).rejects.toMatchObject({
      name: 'TidbAccessDenied',
      message: expect.stringMatching(/keys of the store unencrypted: configure TLS in TiDB/),
    });
    expect(server.statements.join()).not.toMatch(/key|hush/);
    session.close();
  });

  it.each([
    ['with keys and "disabled"', 'disabled', WITH_KEYS],
    ['without keys and with "preferred"', 'preferred', LOCATION],
  ] as const)('sends a statement unencrypted %s', async (_, tls, location) => {
    const { gateway, cluster, server } = await prepare((sql) =>
      sql.startsWith('BACKUP') ? [{ Size: 1n, BackupTS: 2n }] : undefined,
    );
    const session = await gateway.openSession({ ...cluster, tls });

    await session.backup({ location, limits: {} });

    expect(server.statements.some((sql) => sql.startsWith('BACKUP'))).toBe(true);
    session.close();
  });
});

describe('watching TiDB', () => {
  it('reads only the progress of its own statement', async () => {
    const { gateway, cluster, server } = await prepare((sql) =>
      sql.startsWith('SHOW RESTORES') ? [aJob({})] : undefined,
    );
    const control = gateway.openControl(cluster);

    await expect(control.progress({ ...MARK, kind: 'RESTORE' }, '7')).resolves.toMatchObject({ percent: 0 });

    expect(server.statements).toEqual(["SHOW RESTORES WHERE Destination LIKE '%/backup-1/%'"]);
    control.close();
  });

  it('finds our statement among others, by the folder in its URL', async () => {
    const infos = [
      "BACKUP DATABASE * TO 's3://backups/tidb/cluster-1/backup-1/attempt-1?access-key=xxxxxx'",
      "/* trace */ BACKUP DATABASE * TO 'local:///mnt/cluster-1/backup-1/attempt-1'",
      "BACKUP DATABASE * TO 's3://backups/tidb/cluster-1/backup-1/attempt-12'",
      "BACKUP DATABASE * TO 's3://backups/tidb/cluster-1/backup-11/attempt-1'",
      "RESTORE DATABASE * FROM 's3://BACKUP/tidb/cluster-1/backup-1/attempt-1'",
      "SHOW BACKUP METADATA FROM 's3://backups/tidb/cluster-1/backup-1/attempt-1'",
      null,
    ];
    const { gateway, cluster } = await prepare((sql) =>
      sql.includes('cluster_processlist')
        ? infos.map((INFO, index) => ({ INSTANCE: 'tidb-0:10080', ID: 9007199254740993n + BigInt(index), INFO }))
        : undefined,
    );
    const control = gateway.openControl(cluster);
    const ids = async (...mark: Parameters<typeof control.running>) =>
      (await control.running(...mark)).map(({ connectionId }) => connectionId);

    expect(await ids({ kind: 'BACKUP', backupId: 'backup-1', attempt: 1 })).toEqual([
      '9007199254740993',
      '9007199254740994',
    ]);
    expect(await ids({ kind: 'BACKUP', backupId: 'backup-1' })).toHaveLength(3);
    expect(await ids({ kind: 'RESTORE', backupId: 'backup-1', attempt: 1 })).toEqual(['9007199254740997']);
    expect(
      await ids({ kind: 'BACKUP', backupId: 'backup-11' }, { kind: 'BACKUP', backupId: 'backup-1', attempt: 12 }),
    ).toEqual(['9007199254740995', '9007199254740996']);
    control.close();
  });

  it('takes no table name for the folder of a statement', async () => {
    const INFO = "BACKUP TABLE `shop`.`/backup-1/attempt-1``` TO 's3://b/tidb/cluster-1/backup-2/attempt-1'";
    const { gateway, cluster } = await prepare((sql) =>
      sql.includes('cluster_processlist') ? [{ INSTANCE: 'tidb-0:10080', ID: 7n, INFO }] : undefined,
    );
    const control = gateway.openControl(cluster);

    expect(await control.running({ kind: 'BACKUP', backupId: 'backup-1' })).toEqual([]);
    expect(await control.running({ kind: 'BACKUP', backupId: 'backup-2' })).toHaveLength(1);
    control.close();
  });

  it('kills by number, and accepts nothing else as one', async () => {
    const { gateway, cluster, server } = await prepare(() => undefined);
    const control = gateway.openControl(cluster);

    await control.kill('9007199254740993');
    await expect(control.kill('1; DROP DATABASE shop')).rejects.toThrow();

    expect(server.statements.filter((sql) => sql.startsWith('KILL'))).toEqual(['KILL TIDB QUERY 9007199254740993']);
    control.close();
  });

  it('reconnects after its connection was lost', async () => {
    let isDown = true;
    const { gateway, cluster } = await prepare(() => (isDown ? 'drop' : undefined));
    const control = gateway.openControl(cluster);

    await expect(control.running({ kind: 'BACKUP', backupId: 'b' })).rejects.toMatchObject({ name: 'TidbUnreachable' });
    isDown = false;

    await expect(control.running({ kind: 'BACKUP', backupId: 'b' })).resolves.toEqual([]);
    control.close();
  });

  it.each([
    ['Release Version: v7.5.3\nEdition: Community', 1n, { tidbVersion: 'v7.5.3', newCollationEnabled: true }],
    ['Release Version: None', 0n, { newCollationEnabled: false }],
  ])('reads the release and its collations', async (build, ciCollations, release) => {
    const { gateway, cluster } = await prepare((sql) =>
      sql.includes('TIDB_VERSION()') ? [{ build, ciCollations }] : undefined,
    );
    const control = gateway.openControl(cluster);

    await expect(control.release()).resolves.toEqual(release);
    control.close();
  });

  it("ignores TiDB's own tables in the cluster, but not in a backup", async () => {
    const names = ['shop', 'mysql', 'INFORMATION_SCHEMA', '__TiDB_BR_Temporary_mysql'];
    const { gateway, cluster } = await prepare((sql) => {
      if (sql.startsWith('SHOW BACKUP METADATA')) return names.map((Database) => ({ Database, Table: 't' }));
      if (sql.includes('information_schema.tables')) {
        return names.map((TABLE_SCHEMA) => ({ TABLE_SCHEMA, TABLE_NAME: 't' }));
      }
      return undefined;
    });
    const control = gateway.openControl(cluster);

    expect(await control.userTables()).toEqual([{ database: 'shop', table: 't' }]);
    expect(await control.contentsOfBackup(LOCATION)).toEqual({
      databases: ['shop'],
      tables: [{ database: 'shop', table: 't' }],
    });
    control.close();
  });

  it('distinguishes the empty databases of a backup from its tables', async () => {
    const { gateway, cluster } = await prepare((sql) =>
      sql.startsWith('SHOW BACKUP METADATA')
        ? [
            { Database: 'test', Table: '' },
            { Database: 'shop', Table: 'a' },
            { Database: 'shop', Table: 'b' },
          ]
        : undefined,
    );
    const control = gateway.openControl(cluster);

    expect(await control.contentsOfBackup(LOCATION)).toEqual({
      databases: ['test', 'shop'],
      tables: ['a', 'b'].map((table) => ({ database: 'shop', table })),
    });
    control.close();
  });

  it.each([
    { errno: 1064, message: 'syntax error' },
    { errno: 1105, message: 'unsupported BRIE statement kind: SHOW BACKUP METADATA' },
  ])('does not know what is in a backup if TiDB has no statement for it: $errno', async (answer) => {
    const { gateway, cluster } = await prepare((sql) => (sql.startsWith('SHOW BACKUP METADATA') ? answer : undefined));
    const control = gateway.openControl(cluster);

    expect(await control.contentsOfBackup(LOCATION)).toBeUndefined();
    control.close();
  });

  it('measures the cluster: exact numbers, views without a length, no system tables', async () => {
    const sizes = (
      TABLE_SCHEMA: string,
      TABLE_NAME: string,
      DATA_LENGTH: bigint | null,
      INDEX_LENGTH: bigint | null,
    ) => ({
      TABLE_SCHEMA,
      TABLE_NAME,
      DATA_LENGTH,
      INDEX_LENGTH,
    });
    const { gateway, cluster } = await prepare((sql) => {
      if (sql.includes('cluster_info')) {
        return ['tidb', 'pd', 'tikv', 'tikv', 'tiflash'].map((TYPE) => ({ TYPE, VERSION: 'v7.5.1' }));
      }
      if (!sql.includes('DATA_LENGTH')) return undefined;
      return [
        sizes('shop', 'orders', 9_007_199_254_740_993n, 7n),
        sizes('shop', 'a_view', null, null),
        sizes('mysql', 'stats_meta', 1n, 1n),
      ];
    });
    const control = gateway.openControl(cluster);

    expect(await control.measure()).toEqual({
      tables: [
        { database: 'shop', table: 'orders', bytes: '9007199254741000' },
        { database: 'shop', table: 'a_view', bytes: '0' },
      ],
      tikvNodes: 2,
      tidbMajor: 7,
    });
    control.close();
  });

  it.each([
    ['parse backupmeta failed because of wrong aes cipher', 'BackupNotRestorable'],
    ['check permission failed due to SignatureDoesNotMatch', 'StoreRefused'],
  ])('that cannot read a backup, as "%s": %s', async (message, name) => {
    const { gateway, cluster } = await prepare((sql) =>
      sql.startsWith('SHOW BACKUP METADATA') ? { errno: 1105, message } : undefined,
    );
    const control = gateway.openControl(cluster);

    await expect(control.contentsOfBackup(LOCATION)).rejects.toMatchObject({ name });
    control.close();
  });
});

function aJob(change: Partial<Record<string, string | number | null>>) {
  return {
    Id: 1n,
    Destination: 's3://backups/tidb/cluster-1/backup-1/attempt-1',
    State: 'Backup',
    Progress: 0,
    Finish_time: null,
    Connection: 7n,
    Message: null,
    ...change,
  };
}

async function unusedEndpoint(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('not on a port');
  return `127.0.0.1:${address.port}`;
}

/** Everything that a log would show of an error, including causes and properties. */
function inspectAll(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? '';
  return `${error.stack} ${JSON.stringify(error)} ${inspectAll(error.cause)}`;
}
