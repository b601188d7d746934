import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { expect, it, onTestFinished } from 'vitest';
import { createTidbGateway } from '../../../../functions/adapters/tidb/gateway.ts';
import type { TidbSession } from '../../../../functions/domain/tidb/tidb.ts';
import { startTidbSandbox } from '../../../../infra/local/tidb-sandbox/sandbox.ts';
import { fakeSecrets } from '../../../support/fake-secrets.ts';
import { aCluster } from '../../../support/records.ts';

it('reports a statement that TiDB has dropped from its queue, while the running one continues unseen', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'dropped-'));
  const time = { now: Date.now() };
  const sandbox = await startTidbSandbox({ password: 'p', clock: () => time.now });
  const gateway = createTidbGateway(fakeSecrets({ databaseAccount: async () => ({ user: 'root', password: 'p' }) }));
  const open = () => gateway.openSession(aCluster({ endpoints: [`${sandbox.host}:${sandbox.port}`] }));
  const [first, second] = [await open(), await open()];
  onTestFinished(async () => {
    first.close();
    second.close();
    await sandbox.stop();
    await rm(directory, { recursive: true });
  });
  const start = async (session: TidbSession, backupId: string) => {
    const { connectionId } = await session.locate();
    const location = { type: 'nfs', path: path.join(directory, backupId, 'attempt-1') } as const;
    const ended = session.backup({ location, limits: {} });
    ended.catch(() => {});
    const progress = () => session.control.progress({ kind: 'BACKUP', backupId, attempt: 1 }, connectionId);
    return { ended, progress };
  };
  const sql = await sandboxSql(sandbox.port);
  onTestFinished(() => sql.destroy());
  await sql.query('CREATE DATABASE d');
  await sql.query('CREATE TABLE d.t (a INT PRIMARY KEY, b TEXT)');
  await sql.query(`INSERT INTO d.t VALUES ${Array.from({ length: 500 }, (_, a) => `(${a}, '${'x'.repeat(500)}')`)}`);
  sandbox.setFaults([{ throttleMiBPerSecond: 0.1 }]);

  const running = await start(first, 'backup-1');
  await expect.poll(running.progress).toMatchObject({ waits: false });
  const waiting = await start(second, 'backup-2');
  await expect.poll(waiting.progress).toMatchObject({ waits: true });
  time.now += 11 * 60_000;
  await waiting.progress();

  await expect.poll(running.progress).toBeUndefined();
  sandbox.setFaults([]);
  await expect(waiting.ended).rejects.toMatchObject({ name: 'StatementDropped' });
  await expect(running.ended).resolves.toMatchObject({ sizeBytes: expect.any(String) });
});

function sandboxSql(port: number) {
  return createConnection({ host: '127.0.0.1', port, user: 'root', password: 'p' });
}
