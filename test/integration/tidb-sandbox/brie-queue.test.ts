import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { BrieWorld, literal, type Row, type TestCluster, type TestConnection } from './brie-world.ts';
import { loadRows } from './sample-data.ts';

let world: BrieWorld;
beforeAll(async () => {
  world = await BrieWorld.start();
});
afterAll(() => world.stop());

const newUrl = () => `s3://${world.bucket}/${world.newPrefix()}`;

/** 1 MB of rows, throttled to 0.25 MB a second until the throttle is removed. */
async function slowCluster(version = '8.5', clock = Date.now): Promise<TestCluster> {
  const cluster = await world.cluster({ version, ports: [0, 0], clock });
  const sql = await cluster.connect();
  await sql.run('CREATE DATABASE d');
  await loadRows(sql, 'd.t', 1000);
  cluster.sandbox.setFaults([{ throttleMiBPerSecond: 0.25 }]);
  return cluster;
}

const shownAs = (sql: TestConnection, state: string) =>
  until(`a backup in the state ${state}`, async () => {
    const rows = await sql.rows('SHOW BACKUPS');
    return rows.find((row) => row.State === state && (state !== 'Backup' || Number(row.Progress) > 0));
  });

/** Starts a statement; the promise is watched from the start, so that it may fail at any time. */
function start(sql: TestConnection, statement: string): { readonly ended: Promise<Row> } {
  const ended = sql.row(statement);
  ended.catch(() => undefined);
  return { ended };
}

const canceled = {
  errno: 8124,
  sqlState: 'HY000',
  message: expect.stringMatching(/^Backup failed: .*context canceled/),
};

describe('SHOW BACKUPS', () => {
  it("shows a backup's progress, and keeps it when it is done", async () => {
    const cluster = await slowCluster();
    const [worker, watcher] = [await cluster.connect(), await cluster.connect()];
    const url = newUrl();
    const { ended } = start(worker, `BACKUP DATABASE * TO ${literal(`${url}?region=us-east-1`)}`);

    const running = await shownAs(watcher, 'Backup');
    cluster.sandbox.setFaults([]);
    await ended;

    const time = expect.stringMatching(/^2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(running).toEqual({
      Id: '1',
      Destination: url,
      State: 'Backup',
      Progress: expect.any(Number),
      Queue_time: time,
      Execution_time: time,
      Finish_time: '0000-00-00 00:00:00',
      Connection: await worker.connectionId(),
      Message: null,
    });
    expect(Number(running.Progress)).toBeLessThan(100);
    expect(await watcher.rows('SHOW BACKUPS')).toEqual([
      { ...running, State: 'Checksum', Progress: 100, Finish_time: time },
    ]);
  });

  it('keeps a failure with its message', async () => {
    const sql = await (await world.cluster()).connect();
    await expect(sql.run("BACKUP DATABASE * TO 's3://no-such-bucket/p'")).rejects.toMatchObject({ errno: 8124 });
    expect(await sql.row('SHOW BACKUPS')).toMatchObject({
      State: 'Wait Canceled',
      Progress: 100,
      Message: expect.stringMatching(/^\[executor:8124\]Backup failed: /),
    });
    expect(await sql.rows('SHOW RESTORES')).toEqual([]);
  });

  it('filters its first column by LIKE, and any by WHERE', async () => {
    const sql = await (await world.cluster()).connect();
    const [first, second] = [newUrl(), newUrl()];
    await sql.run(`BACKUP DATABASE * TO ${literal(first)}`, `BACKUP DATABASE * TO ${literal(second)}`);

    expect(await sql.rows("SHOW BACKUPS LIKE '2'")).toMatchObject([{ Destination: second }]);
    expect(await sql.rows(`SHOW BACKUPS LIKE '${first}'`)).toEqual([]);
    expect(await sql.rows(`SHOW BACKUPS WHERE Destination = '${first}'`)).toMatchObject([{ Id: '1' }]);
    expect(await sql.rows(`SHOW BACKUPS WHERE Connection = ${await sql.connectionId()} AND Id > 1`)).toMatchObject([
      { Destination: second },
    ]);
  });

  it('keeps the rows of ended statements, several of one connection, in random order', async () => {
    const sql = await (await world.cluster()).connect();
    const rows = 4;
    for (let backup = 0; backup < rows; backup += 1) await sql.run(`BACKUP DATABASE * TO ${literal(newUrl())}`);
    const orders = new Set<string>();
    const connections = new Set<unknown>();
    for (let look = 0; look < 40; look += 1) {
      const shown = await sql.rows('SHOW BACKUPS');
      expect(shown).toHaveLength(rows);
      orders.add(shown.map(({ Id }) => Id).join());
      for (const { Connection } of shown) connections.add(Connection);
    }
    expect(connections.size).toBe(1);
    expect(orders.size).toBeGreaterThan(2);
  });

  it('is a syntax error in the singular, unlike SHOW BACKUP METADATA', async () => {
    const sql = await (await world.cluster()).connect();
    for (const statement of ['SHOW BACKUP', 'SHOW RESTORE', "SHOW BACKUP LIKE '1'"]) {
      await expect(sql.run(statement)).rejects.toMatchObject({ errno: 1064 });
    }
    await expect(sql.run(`SHOW BACKUP METADATA FROM ${literal(newUrl())}`)).rejects.toMatchObject({ errno: 1105 });
  });

  it('has no ids in 7.1, where LIKE filters the destination', async () => {
    const sql = await (await world.cluster({ version: '7.1' })).connect();
    const url = newUrl();
    await sql.run(`BACKUP DATABASE * TO ${literal(url)}`);
    expect(Object.keys(await sql.row(`SHOW BACKUPS LIKE '${url}'`))[0]).toBe('Destination');
  });
});

describe('the queue', () => {
  it('runs one job per server, while another server runs its own', async () => {
    const cluster = await slowCluster();
    const [first, second, watcher] = [await cluster.connect(), await cluster.connect(), await cluster.connect()];
    const other = await cluster.connect({ server: 1 });
    const running = start(first, `BACKUP DATABASE * TO ${literal(newUrl())}`);
    await shownAs(watcher, 'Backup');
    const waiting = start(second, `BACKUP DATABASE * TO ${literal(newUrl())}`);

    const queued = await shownAs(watcher, 'Wait');
    expect(queued).toMatchObject({ Progress: 0, Execution_time: '0000-00-00 00:00:00' });
    expect(await other.rows('SHOW BACKUPS')).toEqual([]);
    const elsewhere = start(other, `BACKUP DATABASE * TO ${literal(newUrl())}`);
    await shownAs(await cluster.connect({ server: 1 }), 'Backup');

    cluster.sandbox.setFaults([]);
    await Promise.all([running.ended, waiting.ended, elsewhere.ended]);
  });

  it('prints the statement of a job without the secrets of its URL', async () => {
    const sql = await (await world.cluster()).connect();
    const url = newUrl();
    await sql.run(`backup database * to ${literal(`${url}?access-key=A&secret-access-key=B`)} concurrency 2`);
    expect(await sql.rows('SHOW BR JOB QUERY 1')).toEqual([{ Query: `BACKUP DATABASE * TO '${url}' CONCURRENCY = 2` }]);
    expect(await sql.rows('SHOW BR JOB QUERY 99')).toEqual([]);
  });

  it('cancels a job by its id, only on its own server', async () => {
    const cluster = await slowCluster();
    const [worker, watcher] = [await cluster.connect(), await cluster.connect()];
    const { ended } = start(worker, `BACKUP DATABASE * TO ${literal(newUrl())}`);
    const { Id } = await shownAs(watcher, 'Backup');

    const other = await cluster.connect({ server: 1 });
    await other.run(`CANCEL BR JOB ${Id}`);
    expect(await other.rows('SHOW WARNINGS')).toEqual([
      { Level: 'Warning', Code: '8170', Message: `Job ID ${Id} doesn't exist` },
    ]);
    await watcher.run(`CANCEL BR JOB ${Id}`);

    await expect(ended).rejects.toMatchObject(canceled);
    expect(await watcher.row('SHOW BACKUPS')).toMatchObject({ State: 'Backup Canceled', Progress: 100 });
  });
});

describe('after ten minutes', () => {
  it('the queue drops a waiting task, and forgets a running one, which continues, as soon as anyone asks', async () => {
    const time = { now: Date.now() };
    const cluster = await slowCluster('8.5', () => time.now);
    const [first, second, watcher] = [await cluster.connect(), await cluster.connect(), await cluster.connect()];
    const url = newUrl();
    const running = start(first, `BACKUP DATABASE * TO ${literal(url)}`);
    await shownAs(watcher, 'Backup');
    const waiting = start(second, `BACKUP DATABASE * TO ${literal(newUrl())}`);
    await shownAs(watcher, 'Wait');

    time.now += 11 * 60_000;
    // TiDB answers before it clears.
    expect(await watcher.rows('SHOW BACKUPS')).toHaveLength(2);
    expect(await watcher.rows('SHOW BACKUPS')).toEqual([]);

    cluster.sandbox.setFaults([]);
    await expect(waiting.ended).rejects.toMatchObject({ errno: 1105, message: 'backup/restore task 2 is canceled' });
    await expect(running.ended).resolves.toMatchObject({ Destination: url });
  });
});

describe('KILL', () => {
  async function running(version?: string) {
    const cluster = await slowCluster(version);
    const [worker, watcher] = [await cluster.connect(), await cluster.connect()];
    const prefix = world.newPrefix();
    const { ended } = start(worker, `BACKUP DATABASE * TO 's3://${world.bucket}/${prefix}'`);
    await shownAs(watcher, 'Backup');
    return { cluster, worker, watcher, ended, prefix };
  }

  it('reaches a backup from any server of the cluster', async () => {
    const { cluster, worker, watcher, ended, prefix } = await running();
    const id = await until('the process', async () => {
      const rows = await watcher.rows(
        "SELECT ID FROM information_schema.cluster_processlist WHERE INFO LIKE 'BACKUP%'",
      );
      return rows[0] && String(rows[0].ID);
    });

    await (await cluster.connect({ server: 1 })).run(`KILL TIDB QUERY ${id}`);

    await expect(ended).rejects.toMatchObject(canceled);
    expect(id).toBe(await worker.connectionId());
    expect(await watcher.row('SHOW BACKUPS')).toMatchObject({ State: 'Backup Canceled' });
    expect(await world.keys(prefix)).not.toContain('backupmeta');
  });

  it('is an interruption on the newest versions', async () => {
    const { worker, watcher, ended } = await running('9.0');
    const [{ ID } = {}] = await watcher.rows("SELECT ID FROM information_schema.processlist WHERE INFO LIKE 'BACKUP%'");
    await watcher.run(`KILL TIDB QUERY ${ID}`);
    await expect(ended).rejects.toMatchObject({ errno: 1317, sqlState: '70100' });
    expect(await worker.connectionId()).toBe(String(ID));
  });

  it('takes effect at once on old versions too', async () => {
    const { watcher, ended } = await running('7.5');
    const [{ ID } = {}] = await watcher.rows("SELECT ID FROM information_schema.processlist WHERE INFO LIKE 'BACKUP%'");
    const killed = performance.now();
    await watcher.run(`KILL TIDB QUERY ${ID}`);
    await expect(ended).rejects.toMatchObject(canceled);
    expect(performance.now() - killed).toBeLessThan(1_500);
  });

  it('of a waiting backup leaves the running one alone', async () => {
    const { cluster, watcher, ended } = await running();
    const waiting = await cluster.connect();
    const waitingId = await waiting.connectionId();
    const wait = start(waiting, `BACKUP DATABASE * TO ${literal(newUrl())}`);
    await shownAs(watcher, 'Wait');

    await watcher.run(`KILL TIDB QUERY ${waitingId}`);

    await expect(wait.ended).rejects.toMatchObject({ errno: 1105, message: 'context canceled' });
    cluster.sandbox.setFaults([]);
    await expect(ended).resolves.toBeDefined();
  });

  it('shows no secret in the process list meanwhile', async () => {
    const cluster = await slowCluster();
    const [worker, watcher] = [await cluster.connect(), await cluster.connect()];
    start(worker, `BACKUP DATABASE * TO ${literal(`${newUrl()}?access-key=SEEN&secret-access-key=HIDDEN`)}`);
    await shownAs(watcher, 'Backup');
    const shown = JSON.stringify([
      await watcher.rows('SHOW FULL PROCESSLIST'),
      await watcher.rows('SELECT * FROM information_schema.cluster_processlist'),
      await watcher.rows('SHOW BACKUPS'),
    ]);
    expect(shown).toContain('secret-access-key=xxxxxx');
    expect(shown).not.toMatch(/SEEN|HIDDEN/);
    cluster.sandbox.setFaults([]);
  });
});

describe('a client that leaves', () => {
  async function abandoned(version: string) {
    const cluster = await slowCluster(version);
    const [worker, watcher] = [await cluster.connect(), await cluster.connect()];
    const url = newUrl();
    start(worker, `BACKUP DATABASE * TO ${literal(url)}`);
    await shownAs(watcher, 'Backup');
    worker.destroy();
    return { cluster, watcher, url };
  }

  it('leaves its backup running to the end up to 8.5.0', async () => {
    const { cluster, watcher, url } = await abandoned('8.5.0');
    cluster.sandbox.setFaults([]);
    await shownAs(watcher, 'Checksum');
    await until('its end', async () => {
      const { Finish_time } = await watcher.row('SHOW BACKUPS');
      return String(Finish_time).startsWith('0000') ? undefined : Finish_time;
    });
    expect(await watcher.rows(`SHOW BACKUP METADATA FROM ${literal(url)}`)).toContainEqual(
      expect.objectContaining({ Database: 'd' }),
    );
  });

  it('ends its backup later', async () => {
    const { watcher } = await abandoned('8.5.1');
    expect(await shownAs(watcher, 'Backup Canceled')).toMatchObject({
      Message: expect.stringContaining('context canceled'),
    });
  });
});
