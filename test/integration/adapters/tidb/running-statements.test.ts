import { createConnection } from 'mysql2/promise';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTidbGateway } from '../../../../functions/adapters/tidb/gateway.ts';
import type { StatementMark, TidbControl } from '../../../../functions/domain/tidb/tidb.ts';
import { startTidbSandbox, type TidbSandbox } from '../../../../infra/local/tidb-sandbox/sandbox.ts';
import { fakeSecrets } from '../../../support/fake-secrets.ts';
import { aCluster } from '../../../support/records.ts';

const gateway = createTidbGateway(fakeSecrets({ databaseAccount: async () => ({ user: 'root', password: 'p' }) }));
const MARK: StatementMark = { kind: 'BACKUP', backupId: 'backup-1', attempt: 1 };

describe.each(['7.1', '8.5'])('a statement on one of two servers of TiDB %s', (version) => {
  let sandbox: TidbSandbox;
  /** Connected to the first server. */
  let control: TidbControl;
  let endSession = () => {};

  beforeEach(async () => {
    sandbox = await startTidbSandbox({ ports: [0, 0], version, password: 'p' });
    control = gateway.openControl(aCluster({ endpoints: [`${sandbox.host}:${sandbox.port}`] }));
  });
  afterEach(async () => {
    endSession();
    control.close();
    await sandbox.stop();
  });

  const statusAddress = () => sandbox.cluster.servers[1]?.statusAddress ?? '';
  const set = (...servers: { server: number; is: 'silent' | 'crashed' | 'gone' }[]) =>
    sandbox.setFaults([{ match: '^BACKUP', action: 'hang' }, ...servers]);

  /** Makes the second server run the statement, whose client has left. */
  async function startOnSecond(): Promise<void> {
    set();
    const session = await gateway.openSession(aCluster({ endpoints: [`${sandbox.host}:${sandbox.ports[1]}`] }));
    const location = { type: 's3', bucket: 'backups', prefix: 'tidb/cluster-1/backup-1/attempt-1' } as const;
    session.backup({ location, limits: {} }).catch(() => {});
    await expect.poll(() => control.running(MARK)).toHaveLength(1);
    endSession = () => session.close();
  }

  it('is seen by the other one, under the status address of its server', async () => {
    await startOnSecond();

    const [statement] = await control.running(MARK);

    expect(statement?.server).toBe(statusAddress());
    await control.kill(statement?.connectionId ?? '');
    await expect.poll(() => control.running(MARK)).toEqual([]);
  });

  it('is not disturbed by the closing of idle connections', async () => {
    await startOnSecond();
    const [statement] = await control.running(MARK);

    await control.disconnect(statement?.connectionId ?? '');

    expect(await control.running(MARK)).toEqual([statement]);
  });

  it('is unknown while its server does not answer, and known again once it does', async () => {
    await startOnSecond();
    set({ server: 1, is: 'silent' });

    await expect(control.running(MARK)).rejects.toMatchObject({
      name: 'TidbUnreachable',
      message: `BACKUP may run on a TiDB server that does not answer the others: "${statusAddress()}"`,
    });

    set();
    await expect(control.running(MARK)).resolves.toHaveLength(1);
  });

  it('is unknown after a crash of its server, until that has left the cluster', async () => {
    await startOnSecond();
    set({ server: 1, is: 'crashed' });
    await expect(control.running(MARK)).rejects.toMatchObject({ name: 'TidbUnreachable' });

    set({ server: 1, is: 'gone' });

    await expect(control.running(MARK)).resolves.toEqual([]);
  });

  it('is known not to run if a server has no connection, and so no process to list', async () => {
    await expect(control.running(MARK)).resolves.toEqual([]);
  });

  it('is found even while another server does not answer', async () => {
    await startOnSecond();
    const [statement] = await control.running(MARK);
    set({ server: 0, is: 'silent' });

    await expect(control.running(MARK)).resolves.toEqual([statement]);
  });
});

describe('a session', () => {
  let sandbox: TidbSandbox;
  beforeEach(async () => {
    sandbox = await startTidbSandbox({ ports: [0, 0], password: 'p' });
  });
  afterEach(() => sandbox.stop());

  const cluster = () => aCluster({ endpoints: sandbox.ports.map((port) => `${sandbox.host}:${port}`) });

  it('opens on the wanted server, or on another if that one cannot be reached', async () => {
    const server = sandbox.cluster.servers[1]?.address;
    for (const [wanted, met] of [
      [server, server],
      ['elsewhere:4000', sandbox.cluster.servers[0]?.address],
    ]) {
      const session = await gateway.openSession(cluster(), undefined, wanted);
      expect((await session.locate()).server).toBe(met);
      session.close();
    }
  });

  it('that is idle can be closed only by its own account', async () => {
    const [victim, own] = [await gateway.openSession(cluster()), await gateway.openSession(cluster())];
    const { connectionId } = await victim.locate();
    const grants = await createConnection({ host: sandbox.host, port: sandbox.port, user: 'root', password: 'p' });
    await grants.query("CREATE USER other IDENTIFIED BY 'p'");
    await grants.query('GRANT ALL ON *.* TO other');
    grants.destroy();
    const account = async () => ({ user: 'other', password: 'p' });
    const stranger = createTidbGateway(fakeSecrets({ databaseAccount: account })).openControl(cluster());

    await stranger.disconnect(connectionId);
    expect(await victim.locate()).toMatchObject({ connectionId });
    await own.control.disconnect(connectionId);
    await expect(victim.locate()).rejects.toMatchObject({ name: 'TidbUnreachable' });
    for (const each of [victim, own, stranger]) each.close();
  });
});
