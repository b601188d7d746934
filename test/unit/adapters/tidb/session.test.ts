import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Account } from '../../../../functions/adapters/tidb/connection.ts';
import { openSession } from '../../../../functions/adapters/tidb/session.ts';
import { type Script, type ScriptedTidb, startScriptedTidb } from '../../../support/scripted-tidb.ts';

const ACCOUNT: Account = { user: 'backup', password: 'p' };
const running: ScriptedTidb[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(running.splice(0).map((tidb) => tidb.stop()));
});

/** Connections to an endpoint lead to these servers in turn, and to the last one from then on. */
async function start(servers: readonly string[], answer?: Script['answer']): Promise<ScriptedTidb> {
  const tidb = await startScriptedTidb({
    answer: (sql, connection) => {
      const [hostname = ''] = servers.slice(Math.min(connection, servers.length) - 1);
      const own = { connectionId: BigInt(connection), hostname, port: 4000, version: '8.0.11-TiDB-v8.5.0' };
      return sql.includes('@@hostname') && answer === undefined ? [own] : (answer?.(sql, connection) ?? []);
    },
  });
  running.push(tidb);
  return tidb;
}

function open(endpoints: readonly ScriptedTidb[], wanted?: string) {
  vi.spyOn(console, 'warn').mockReturnValue();
  const access = { endpoints: endpoints.map(({ endpoint }) => endpoint), account: ACCOUNT };
  return openSession({ ...access, tls: { mode: 'disabled' } }, async () => undefined, undefined, wanted);
}

describe('a session', () => {
  it('leaves no connection open when it is closed', async () => {
    const tidb = await start(['tidb-0']);
    const session = await open([tidb]);
    expect(tidb.connections()).toBe(2);

    session.close();

    await expect.poll(() => tidb.connections()).toBe(0);
  });

  it('tries five times to reach its server behind a load balancer, and leaves no connection to others open', async () => {
    const met = await start(['tidb-0', 'tidb-1', 'tidb-1', 'tidb-1', 'tidb-1', 'tidb-0']);
    const missed = await start(['tidb-0', 'tidb-1']);

    const sessions = [await open([met]), await open([missed])];

    await expect.poll(() => [met.connections(), missed.connections()]).toEqual([2, 1]);
    expect([met.statements.length, missed.statements.length]).toEqual([6, 6]);
    for (const session of sessions) session.close();
  });

  it('starts on the expected server, at any endpoint', async () => {
    const [one, other] = [await start(['tidb-0']), await start(['tidb-1'])];

    const session = await open([one, other], 'tidb-1:4000');

    expect(await session.locate()).toMatchObject({ server: 'tidb-1:4000' });
    await expect.poll(() => one.connections()).toBe(0);
    session.close();
  });

  it('starts on any server if the expected one cannot be reached', async () => {
    const session = await open([await start(['tidb-0'])], 'tidb-1:4000');

    expect(await session.locate()).toMatchObject({ server: 'tidb-0:4000' });
    session.close();
  });

  it.each<[string, Script['answer'], string]>([
    ['denies it', () => ({ errno: 1142, message: 'SELECT command denied' }), 'TidbAccessDenied'],
    ['fails', () => ({ errno: 1105, message: 'unknown' }), 'TidbUnreachable'],
    ['disconnects', () => 'drop', 'TidbUnreachable'],
  ])(
    'fails, and leaves no connection open, with a server that %s when asked for its identity',
    async (_, answer, name) => {
      const tidb = await start([], answer);

      await expect(open([tidb])).rejects.toMatchObject({ name });

      await expect.poll(() => tidb.connections()).toBe(0);
    },
  );

  it.each<[string, Script['answer'], string]>([
    ['another form', () => [{ Destination: 'x' }], 'BackupFailed'],
    ['an error', () => ({ errno: 8124, message: 'Backup failed: x' }), 'BackupFailed'],
    ['no answer', () => 'drop', 'StatementLost'],
  ])('knows the effect of %s on BACKUP', async (_, answer, name) => {
    const tidb = await startScriptedTidb({
      answer: (sql, connection) =>
        sql.includes('@@hostname')
          ? [{ connectionId: 1n, hostname: 'tidb-0', port: 4000, version: '8.0.11-TiDB-v8.5.0' }]
          : answer(sql, connection),
    });
    running.push(tidb);
    const session = await open([tidb]);
    const location = { type: 's3', bucket: 'backups', prefix: 'tidb/a/b/attempt-1' } as const;

    await expect(session.backup({ location, limits: {} })).rejects.toMatchObject({ name });
    session.close();
  });
});
