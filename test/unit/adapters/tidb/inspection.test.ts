import timers from 'node:timers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { inspectEndpoints } from '../../../../functions/adapters/tidb/inspection.ts';
import { type Script, type ScriptedTidb, startScriptedTidb } from '../../../support/scripted-tidb.ts';

const AWAY = '127.0.0.1:1';
const SERVER = {
  hostname: 'tidb-0',
  port: 4000,
  build: 'Release Version: v8.5.0',
  now: '2026-03-01 10:00:07.250',
  gcLifeTime: '10m0s',
};

const running: ScriptedTidb[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(running.splice(0).map((tidb) => tidb.stop()));
});

async function start(script: Partial<Script> = {}): Promise<ScriptedTidb> {
  const answer: Script['answer'] = (sql) => {
    if (sql.startsWith('SELECT')) return [SERVER];
    return sql === 'SHOW GRANTS' ? [{ Grants: "GRANT PROCESS ON *.* TO 'backup'@'%'" }] : [];
  };
  const tidb = await startScriptedTidb({ answer, ...script });
  running.push(tidb);
  return tidb;
}

/** With a clock that advances 200 ms on each read. */
function inspect(...endpoints: string[]) {
  let now = Date.parse('2026-03-01T10:00:00.000Z') - 200;
  const clock = {
    now: () => {
      now += 200;
      return now;
    },
  };
  return inspectEndpoints({ endpoints, account: { user: 'backup', password: 'p' }, tls: { mode: 'disabled' } }, clock);
}

describe("an inspection of a cluster's endpoints", () => {
  it('reports what each server says about itself, and leaves no connection open', async () => {
    const [one, other] = [await start(), await start()];

    const reports = await inspect(one.endpoint, other.endpoint);

    const server = {
      ...{ server: 'tidb-0:4000', build: SERVER.build, isEncrypted: false, gcLifeTime: '10m0s' },
      // It read its clock 100 ms after the request was sent.
      ...{ clockAheadMs: 7_150, roundTripMs: 200 },
    };
    expect(reports).toMatchObject([
      { endpoint: one.endpoint, server },
      { endpoint: other.endpoint, server: { server: 'tidb-0:4000' } },
    ]);
    expect(reports[0]?.server?.privileges.has('PROCESS')).toBe(true);
    await expect.poll(() => one.connections() + other.connections()).toBe(0);
  });

  it('continues with the next server if one is unavailable, and says why', async () => {
    const tidb = await start();

    expect(await inspect(AWAY, tidb.endpoint, AWAY)).toMatchObject([
      { endpoint: AWAY, failure: { name: 'TidbUnreachable', message: `${AWAY} cannot be reached: ECONNREFUSED` } },
      { endpoint: tidb.endpoint, server: { server: 'tidb-0:4000' } },
      { endpoint: AWAY, failure: { name: 'TidbUnreachable' } },
    ]);
  });

  it('never retries an account that a server has refused: TiDB would lock it', async () => {
    const refusing = await start({ refuses: { errno: 1045, message: 'Access denied' } });
    const other = await start();

    expect(await inspect(AWAY, refusing.endpoint, other.endpoint)).toMatchObject([
      { endpoint: AWAY, failure: { name: 'TidbUnreachable' } },
      { endpoint: refusing.endpoint, failure: { name: 'TidbAccessDenied' } },
      { endpoint: other.endpoint },
    ]);
    expect(other.statements).toEqual([]);
  });

  it('asks all others at once after the first answer, so that none waits for a slow one', async () => {
    const [first, last] = [await start(), await start()];
    let drop = (): void => {};
    const dropped = new Promise<void>((done) => {
      drop = done;
    });
    const slow = await start({ answer: () => 'hang' });
    void dropped.then(() => slow.stop());

    const reports = inspect(first.endpoint, slow.endpoint, last.endpoint);
    await expect.poll(() => last.statements).toHaveLength(2);
    drop();

    expect(await reports).toMatchObject([{ server: {} }, { failure: { name: 'TidbUnreachable' } }, { server: {} }]);
  });

  it.each(['SELECT', 'SHOW'])('abandons a server that does not answer a %s within 20 seconds', async (silent) => {
    const soon = timers.setTimeout;
    // The module's function that mysql2 calls.
    vi.spyOn(timers, 'setTimeout').mockImplementation((done, ms) => soon(done, ms === 20_000 ? 20 : ms));
    const answer: Script['answer'] = (sql) => (sql.startsWith(silent) ? 'hang' : [SERVER]);
    const { endpoint } = await start({ answer });

    expect(await inspect(endpoint)).toMatchObject([{ failure: { name: 'TidbUnreachable' } }]);
  });

  it('survives a server that loses the connection', async () => {
    const dropping = await start({ answer: () => 'drop' });

    expect(await inspect(dropping.endpoint)).toMatchObject([{ failure: { name: 'TidbUnreachable' } }]);
  });
});
