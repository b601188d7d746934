import { SqlError } from '../sql/errors.ts';
import type { DdlJob } from '../storage/ddl-history.ts';
import type { ClusterStorage } from '../storage/storage.ts';
import { millisFromTso } from '../storage/tso.ts';
import { formatTidbVersion, hasFeature, type TidbVersion } from '../tidb-version.ts';
import { BrError } from './brie-error.ts';
import type { BrieJob } from './job.ts';
import { makeDatabase, makeTables } from './restored-schemas.ts';

/** A table of the backup being restored. */
interface RestoredTable {
  readonly database: string;
  readonly id: bigint;
  readonly name: string;
}

/** These fill an index or rewrite rows, at a later time than the backup's rows (br/pkg/task/restore.go). */
const BACKFILLS = /^(?:add index|modify column|alter table reorganize partition)\b/;

/** Replays the schema changes since the base; a change that concerns two tables runs twice. */
export async function replayDdl(
  jobs: readonly DdlJob[],
  restored: readonly RestoredTable[],
  { cluster, session }: Pick<BrieJob, 'cluster' | 'session'>,
): Promise<void> {
  const replayed = jobsOf(restored, jobs);
  if (hasFeature(cluster.version, 'refusesBackfills')) refuseBackfills(replayed, cluster.version);
  for (const job of replayed) await replay(job, cluster.storage, session);
}

/**
 * FilterDDLJobs (br/pkg/task/restore.go): goes back from the newest job and keeps those about a table of the backup or its database, under
 * any name or id they ever had. It leaves out the DROP of an object that was not created again.
 */
function jobsOf(restored: readonly RestoredTable[], jobs: readonly DdlJob[]): DdlJob[] {
  const newestFirst = jobs.toReversed();
  const databases = new Set(restored.map(({ database }) => database.toLowerCase()));
  const found = [
    ...[...databases].flatMap((name) => jobsOfDatabase(name, newestFirst)),
    ...restored.flatMap((table) => jobsOfTable(table, newestFirst)),
  ];
  return found.sort((a, b) => Number(a.schemaTs - b.schemaTs));
}

function jobsOfDatabase(name: string, newestFirst: readonly DdlJob[]): DdlJob[] {
  const ids = new Set<bigint>();
  const ofDatabases = newestFirst.filter(({ type }) => type.endsWith(' schema'));
  return ofDatabases.filter(({ database, databaseId }) => {
    if (database !== name && !ids.has(databaseId)) return false;
    ids.add(databaseId);
    return true;
  });
}

function jobsOfTable({ database, id, name }: RestoredTable, newestFirst: readonly DdlJob[]): DdlJob[] {
  const ids = new Set([id]);
  const names = new Set([keyOf(database, name)]);
  // BR creates the tables of `create tables` from the backup, not from the job.
  return newestFirst.filter((job) => {
    if (job.type === 'create tables') return false;
    const concerns = job.tables.some((each) => {
      const isIt = ids.has(each.id) || names.has(keyOf(job.database, each.name));
      if (isIt) names.add(keyOf(job.database, each.name));
      if (isIt) ids.add(each.id);
      return isIt;
    });
    if (!concerns && !ids.has(job.tableId)) return false;
    if (job.tables.length === 1) ids.add(job.tableId);
    return true;
  });
}

function refuseBackfills(jobs: readonly DdlJob[], version: TidbVersion): void {
  const job = jobs.find(({ type }) => BACKFILLS.test(type));
  if (!job) return;
  const began = new Date(millisFromTso(job.createTs)).toISOString().replace('T', ' ').replace('Z', ' +0000 UTC');
  const [type = ''] = job.type.split(' /*');
  throw new BrError(
    `DDL job ID:${job.id}, Type:${type}, State:synced, SchemaState:public, SchemaID:${job.databaseId}, TableID:${job.tableId}, RowCount:0, ArgLen:0, start time: ${began}, Err:<nil>, ErrCount:0, SnapshotVersion:0, Version: v${formatTidbVersion(version)} is not allowed in incremental restore when --allow-pitr-from-incremental enabled`,
    'Restore:ErrRestoreModeMismatch',
  );
}

/**
 * ExecDDL (br/pkg/restore/internal/prealloc_db): creates databases and tables from the job's data, and runs all other jobs' statements as
 * written.
 */
async function replay(
  { type, database, tables, query }: DdlJob,
  storage: ClusterStorage,
  session: BrieJob['session'],
): Promise<void> {
  switch (type) {
    case 'create schema':
      makeDatabase(database, storage);
      break;
    case 'create table':
      makeTables(type, database, tables, storage);
      break;
    case 'rename tables':
      // Each of its tables triggers the rename, and the second time they have their new names.
      throw new SqlError(1050, `Table '${database}.${tables[0]?.name}' already exists`);
    default:
      await session.runInternally(tables.length > 0 ? database : undefined, query);
  }
}

function keyOf(database: string, table: string): string {
  return JSON.stringify([database.toLowerCase(), table.toLowerCase()]);
}
