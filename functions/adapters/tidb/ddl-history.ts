import type { RowDataPacket } from 'mysql2/promise';
import type { TableName } from '../../domain/backup/backup-scope.ts';
import { millisOf } from '../../domain/backup/tso.ts';
import { ddlEffect, ddlKind } from '../../domain/tidb/ddl-kinds.ts';
import type { DdlJob } from '../../domain/tidb/ddl-tables.ts';
import type { DdlLook } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { type DdlJobRow, ddlJobRow, formerName, holdBegun } from './rows.ts';

type Query = (sql: string, options?: { metadata?: string }) => Promise<RowDataPacket[]>;

const METADATA = { metadata: 'reading the history of DDL' };

/** BR's mark on the statements of a restore (`pkg/executor/brie_utils.go`). */
const BR_COMMENT = '/*from(br)*/';

/** Jobs that changed nothing. */
const WITHOUT_EFFECT = new Set(['cancelled', 'rollback done']);

/**
 * Chooses the snapshot of an incremental backup, and reads the DDL between the base and it. In this order nothing is
 * missed: what starts later is not in the snapshot. The account needs PROCESS, which shows all jobs; `ADMIN SHOW DDL
 * JOBS` would need SUPER. TiDB never forgets a job.
 * @throws NodeFailure DdlHistoryUnreadable
 */
export async function readDdlSince(query: Query, baseTso: string): Promise<DdlLook> {
  const snapshotTso = await currentTso(query);
  await query("SET time_zone = '+00:00'");
  const base = millisOf(baseTso);
  await assertReachesBack(query, base);
  const rows = await query(
    `SELECT JOB_ID, DB_NAME, TABLE_NAME, JOB_TYPE, TABLE_ID, START_TIME, END_TIME, STATE, QUERY LIKE '${BR_COMMENT}%' AS byRestore, IF(JOB_TYPE LIKE 'drop %', QUERY, NULL) AS dropStatement FROM information_schema.ddl_jobs WHERE END_TIME IS NULL OR END_TIME >= '${textOf(base - 1_000)}'`,
    METADATA,
  );
  const jobs = rows
    .map((row) => ddlJobRow.parse(row))
    .filter((job) => mayLieBetween(job, base, millisOf(snapshotTso)))
    .sort((a, b) => Number(BigInt(a.JOB_ID) - BigInt(b.JOB_ID)));
  return {
    snapshotTso,
    ddl: { jobs: jobs.map((job, at) => toJob(job, jobs, at, base)), formerNames: await formerNames(query, jobs) },
  };
}

async function currentTso(query: Query): Promise<string> {
  await query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
  const [row] = await query('SELECT @@tidb_current_ts AS tso');
  await query('ROLLBACK');
  return holdBegun.parse(row).tso;
}

/** Every cluster has jobs since its first start. The newest are listed first, so this ends soon. */
async function assertReachesBack(query: Query, base: number): Promise<void> {
  const [older] = await query(
    `SELECT JOB_ID FROM information_schema.ddl_jobs WHERE START_TIME <= '${textOf(base)}' LIMIT 1`,
    METADATA,
  );
  if (older !== undefined) return;
  throw new NodeFailure('DdlHistoryUnreadable', 'the history of DDL does not reach back to the base');
}

/**
 * A job starts before it changes the schema, and ends afterwards. Up to TiDB 8.1, times have whole seconds, and within
 * a millisecond the order is unknown. Anything that may lie between the two moments counts.
 */
function mayLieBetween({ START_TIME, END_TIME, STATE }: DdlJobRow, base: number, snapshot: number): boolean {
  if (WITHOUT_EFFECT.has(STATE)) return false;
  // It is queued: it will start after the snapshot.
  if (START_TIME === null || earliest(START_TIME) > snapshot) return false;
  return END_TIME === null || latest(END_TIME) >= base;
}

function earliest(time: string): number {
  return Date.parse(`${time.replace(' ', 'T')}Z`);
}

function latest(time: string): number {
  return earliest(time) + (time.includes('.') ? 0 : 999);
}

function textOf(millis: number): string {
  return new Date(millis).toISOString().slice(0, -1).replace('T', ' ');
}

function toJob(row: DdlJobRow, all: readonly DdlJobRow[], at: number, base: number): DdlJob {
  const { DB_NAME, TABLE_NAME, JOB_TYPE, TABLE_ID, START_TIME, byRestore } = row;
  return {
    type: JOB_TYPE,
    database: DB_NAME,
    table: TABLE_NAME,
    tableId: TABLE_ID,
    byRestore: byRestore === '1',
    mayPrecedeBase: START_TIME !== null && earliest(START_TIME) <= base,
    dropsOthers: [all[at - 1], all[at + 1]].some((next) => next !== undefined && isOfSameDrop(row, next)),
  };
}

/** `DROP TABLE a, b` is one job per table, in sequence. */
function isOfSameDrop(job: DdlJobRow, other: DdlJobRow): boolean {
  if (job.dropStatement === null || job.dropStatement !== other.dropStatement) return false;
  return job.TABLE_NAME !== other.TABLE_NAME || job.DB_NAME !== other.DB_NAME;
}

/** A RENAME contains only the new name. Jobs before the base show the old one. */
async function formerNames(query: Query, jobs: readonly DdlJobRow[]): Promise<Map<string, TableName>> {
  const moved = jobs.filter(({ JOB_TYPE }) => ['renames', 'renamesMany', 'exchanges'].includes(effectOf(JOB_TYPE)));
  const names = new Map<string, TableName>();
  if (moved.length === 0) return names;
  const own = new Set(jobs.map(({ JOB_ID }) => JOB_ID));
  const rows = await query(
    `SELECT JOB_ID, DB_NAME, TABLE_NAME, JOB_TYPE, TABLE_ID FROM information_schema.ddl_jobs WHERE STATE IN ('synced', 'done') AND TABLE_ID IN (${[...new Set(moved.map(({ TABLE_ID }) => BigInt(TABLE_ID)))].join(', ')})`,
    METADATA,
  );
  const earlier = rows
    .map((row) => formerName.parse(row))
    .filter(({ JOB_ID, JOB_TYPE }) => !own.has(JOB_ID) && NAMES_ITS_TABLE.has(effectOf(JOB_TYPE)))
    .sort((a, b) => Number(BigInt(a.JOB_ID) - BigInt(b.JOB_ID)));
  for (const { DB_NAME, TABLE_NAME, TABLE_ID } of earlier) {
    names.set(TABLE_ID, { database: DB_NAME, table: TABLE_NAME });
  }
  return names;
}

/** Others have the id of one table and the name of another, or of several. */
const NAMES_ITS_TABLE = new Set(['creates', 'renames', 'changes', 'backfills']);

function effectOf(jobType: string): string {
  return ddlEffect(ddlKind(jobType));
}
