import type { RowDataPacket } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { readDdlSince } from '../../../../functions/adapters/tidb/ddl-history.ts';

const BASE = Date.parse('2026-03-01T10:00:00.000Z');
const tsoOf = (millis: number) => String(BigInt(millis) << 18n);
const at = (millis: number) => new Date(BASE + millis).toISOString().slice(0, -1).replace('T', ' ');

const job = (change: object) => ({
  ...{ JOB_ID: 1, DB_NAME: 'shop', TABLE_NAME: 'a', JOB_TYPE: 'drop table', TABLE_ID: 100, STATE: 'synced' },
  ...{ START_TIME: at(1_000), END_TIME: at(2_000), byRestore: null, dropStatement: null },
  ...change,
});

/** The jobs between the base and a snapshot ten seconds later. */
async function jobsOf(...rows: object[]) {
  const asked: string[] = [];
  const { ddl, snapshotTso } = await readDdlSince(async (sql) => {
    asked.push(sql);
    const answer = sql.includes('tidb_current_ts')
      ? [{ tso: tsoOf(BASE + 10_000) }]
      : sql.includes('LIMIT 1')
        ? [{ JOB_ID: 0 }]
        : sql.includes('START_TIME')
          ? rows
          : [];
    return answer as RowDataPacket[];
  }, tsoOf(BASE));
  expect(snapshotTso).toBe(tsoOf(BASE + 10_000));
  return { jobs: ddl.jobs, asked };
}

describe('the history of DDL', () => {
  const DROP = 'DROP TABLE a, b';

  it.each<[string, object, boolean]>([
    ['another table', { TABLE_NAME: 'b', dropStatement: DROP }, true],
    ['a table of another database', { DB_NAME: 'crm', dropStatement: DROP }, true],
    ['the same table, created and dropped again', { dropStatement: DROP }, false],
    ['another table, in a separate statement', { TABLE_NAME: 'b', dropStatement: 'DROP TABLE b' }, false],
  ])('knows whether a DROP followed by %s was one statement', async (_, next, dropsOthers) => {
    const { jobs } = await jobsOf(job({ dropStatement: DROP }), job({ JOB_ID: 2, ...next }));

    expect(jobs.map((each) => each.dropsOthers)).toEqual([dropsOthers, dropsOthers]);
  });

  it('never counts changes other than DROP as parts of one', async () => {
    const changes = [job({ JOB_TYPE: 'add column' }), job({ JOB_ID: 2, JOB_TYPE: 'add column', TABLE_NAME: 'b' })];

    expect((await jobsOf(...changes)).jobs.map((each) => each.dropsOthers)).toEqual([false, false]);
  });

  it('follows the order of the jobs, with numbers of any length', async () => {
    const { jobs } = await jobsOf(
      ...['10', '9', '9007199254740993'].map((JOB_ID) => job({ JOB_ID, TABLE_NAME: JOB_ID })),
    );

    expect(jobs.map(({ table }) => table)).toEqual(['9', '10', '9007199254740993']);
  });

  it.each<[string, object, boolean]>([
    ['ended with the base', { START_TIME: at(-500), END_TIME: at(0) }, true],
    ['ended before the base', { START_TIME: at(-2_500), END_TIME: at(-1) }, false],
    [
      'ended in the same second as the base, on a release that stores only seconds',
      { START_TIME: at(-2_500).slice(0, 19), END_TIME: at(0).slice(0, 19) },
      true,
    ],
    ['began with the snapshot', { START_TIME: at(10_000), END_TIME: null }, true],
    ['began after the snapshot', { START_TIME: at(10_001), END_TIME: null }, false],
    ['has not begun', { START_TIME: null, END_TIME: null }, false],
    ['was cancelled', { STATE: 'cancelled' }, false],
    ['was rolled back', { STATE: 'rollback done' }, false],
    ['runs', { END_TIME: null, STATE: 'running' }, true],
  ])('counts a job that %s: %s', async (_, change, counts) => {
    expect((await jobsOf(job(change))).jobs).toHaveLength(counts ? 1 : 0);
  });

  it.each([
    [-1, true],
    [0, true],
    [1, false],
  ])('a job that began %i ms after the base may precede it: %s', async (millis, mayPrecedeBase) => {
    expect((await jobsOf(job({ START_TIME: at(millis) }))).jobs).toMatchObject([{ mayPrecedeBase }]);
  });

  it('looks up former names only if something was renamed', async () => {
    expect((await jobsOf(job({}))).asked.at(-1)).not.toContain('TABLE_ID IN');
    expect((await jobsOf(job({ JOB_TYPE: 'rename table' }))).asked.at(-1)).toContain('TABLE_ID IN (100)');
  });
});
