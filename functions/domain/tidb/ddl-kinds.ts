/**
 * What an incremental restore does with a DDL job (`br/pkg/task/restore.go`):
 * - `ignored`: nothing, and nothing is missing afterwards
 * - `createsDatabase`, `dropsDatabase`, `creates`, `drops`, `renames`, `truncates`, `exchanges`, `changes`: it is repeated
 * - `backfills`: repeated up to TiDB 8.2. It fills an index or rewrites rows, at a later moment than the rows of the backup
 * - `createsMany`: the tables are created from the backup. RESTORE itself does this: the rows that it wrote are older than the base,
 *   hence in no incremental backup
 * - `renamesMany`: it fails
 * - `breaks`: the data of the base are no longer valid
 */
export type DdlEffect =
  | 'ignored'
  | 'createsDatabase'
  | 'dropsDatabase'
  | 'creates'
  | 'createsMany'
  | 'drops'
  | 'renames'
  | 'renamesMany'
  | 'truncates'
  | 'exchanges'
  | 'changes'
  | 'backfills'
  | 'breaks';

/** By TiDB's names of the kinds (`ActionMap`, `pkg/meta/model/job.go`). */
const EFFECTS: Readonly<Record<string, DdlEffect>> = {
  'create schema': 'createsDatabase',
  'drop schema': 'dropsDatabase',
  'modify schema charset and collate': 'ignored',
  'modify schema default placement': 'ignored',
  'flashback schema': 'breaks',
  'flashback cluster': 'breaks',

  'create table': 'creates',
  'create view': 'creates',
  'create sequence': 'creates',
  'create tables': 'createsMany',
  'drop table': 'drops',
  'drop view': 'drops',
  'drop sequence': 'drops',
  'rename table': 'renames',
  'rename tables': 'renamesMany',
  'truncate table': 'truncates',
  'recover table': 'breaks',
  'repair table': 'breaks',

  'add index': 'backfills',
  'add vector index': 'backfills',
  'add columnar index': 'backfills',
  'add primary key': 'backfills',
  'modify column': 'backfills',
  'alter table reorganize partition': 'backfills',
  'alter table partition by': 'backfills',
  'alter table remove partitioning': 'backfills',

  'add column': 'changes',
  'drop column': 'changes',
  'drop index': 'changes',
  'drop primary key': 'changes',
  'rename index': 'changes',
  'alter index visibility': 'changes',
  'set default value': 'changes',
  'modify table comment': 'changes',
  'modify table charset and collate': 'changes',
  'modify auto id cache': 'changes',
  'rebase auto_increment ID': 'changes',
  'rebase auto_random ID': 'changes',
  'shard row ID': 'changes',
  'alter sequence': 'changes',
  'add foreign key': 'changes',
  'drop foreign key': 'changes',
  'add check constraint': 'changes',
  'drop check constraint': 'changes',
  'alter check constraint': 'changes',
  'add partition': 'changes',
  'drop partition': 'changes',
  'truncate partition': 'changes',
  'exchange partition': 'exchanges',
  'alter table cache': 'changes',
  'alter table nocache': 'changes',
  'alter table statistics options': 'changes',
  'alter table ttl': 'changes',
  'alter table no_ttl': 'changes',
  // Its parts are listed one by one.
  'alter table multi-schema change': 'changes',

  'set tiflash replica': 'ignored',
  'update tiflash replica status': 'ignored',
  'lock table': 'ignored',
  'unlock table': 'ignored',
  'alter table attributes': 'ignored',
  'alter table partition attributes': 'ignored',
  'alter table placement': 'ignored',
  'alter table partition placement': 'ignored',
  'create placement policy': 'ignored',
  'alter placement policy': 'ignored',
  'drop placement policy': 'ignored',
  'create resource group': 'ignored',
  'alter resource group': 'ignored',
  'drop resource group': 'ignored',
};

/** `JOB_TYPE` without the comments that TiDB appends: `add index /* ingest *\/`. */
export function ddlKind(jobType: string): string {
  return jobType.replace(/\/\*.*$/s, '').trim();
}

/** An unknown kind may do anything. */
export function ddlEffect(kind: string): DdlEffect {
  return (Object.hasOwn(EFFECTS, kind) ? EFFECTS[kind] : undefined) ?? 'breaks';
}
