import { hasFeature, type TidbVersion } from '../tidb-version.ts';
import type { ColumnDefinition, ColumnType, TableDefinition } from './schema.ts';

const text = (length: number): ColumnType => ({ kind: 'varchar', length });
const FLAG: ColumnType = { kind: 'enum', values: ['N', 'Y'] };
const JSON_TYPE: ColumnType = { kind: 'json' };
const LONG_TEXT: ColumnType = { kind: 'text', size: 'normal' };
const BIGINT: ColumnType = { kind: 'integer', width: 'bigint', unsigned: true, boolean: false };
const SIGNED_BIGINT: ColumnType = { kind: 'integer', width: 'bigint', unsigned: false, boolean: false };
const DATETIME: ColumnType = { kind: 'datetime', fsp: 0 };
const TIMESTAMP: ColumnType = { kind: 'timestamp', fsp: 0 };
const BLOB: ColumnType = { kind: 'blob', size: 'medium' };

/** Name and type of each column; the first `keys` columns are the primary key. */
function table(
  keys: number,
  columns: Readonly<Record<string, ColumnType>>,
  { countsUp = false } = {},
): TableDefinition {
  const definitions = Object.entries(columns).map(
    ([name, type], at): ColumnDefinition => ({
      id: at + 1,
      name,
      type,
      nullable: at >= keys,
      default: { kind: 'none' },
      onUpdateNow: false,
      autoIncrement: countsUp && at === 0,
      comment: '',
    }),
  );
  const columnIds = definitions.slice(0, keys).map(({ id }) => id);
  return {
    columns: definitions,
    indexes: [{ id: 1, name: 'PRIMARY', unique: true, columnIds, comment: '' }],
    clustered: true,
    comment: '',
    nextColumnId: definitions.length + 1,
    nextIndexId: 2,
  };
}

/**
 * The supported tables of `mysql`, with the columns that the sandbox needs (pkg/session/bootstrap.go). TiDB has a column per privilege;
 * here they are a list in one.
 */
export const MYSQL_TABLES = {
  user: table(2, {
    Host: text(255),
    User: text(32),
    authentication_string: LONG_TEXT,
    plugin: text(64),
    Account_locked: FLAG,
    Password_expired: FLAG,
    Privileges: LONG_TEXT,
    User_attributes: JSON_TYPE,
  }),
  db: table(3, { Host: text(255), DB: text(64), User: text(32), Privileges: LONG_TEXT }),
  tables_priv: table(4, { Host: text(255), DB: text(64), User: text(32), Table_name: text(64), Table_priv: LONG_TEXT }),
  global_grants: table(3, { USER: text(32), HOST: text(255), PRIV: text(32), WITH_GRANT_OPTION: FLAG }),
  tidb: table(1, { VARIABLE_NAME: text(64), VARIABLE_VALUE: text(1024), COMMENT: text(1024) }),
} as const satisfies Record<string, TableDefinition>;

/** Running and interrupted restores (br/pkg/registry). */
const RESTORE_REGISTRY = table(
  1,
  {
    id: BIGINT,
    filter_strings: LONG_TEXT,
    filter_hash: text(64),
    start_ts: BIGINT,
    restored_ts: BIGINT,
    upstream_cluster_id: BIGINT,
    with_sys_table: { kind: 'integer', width: 'tinyint', unsigned: false, boolean: true },
    status: text(20),
    cmd: text(255),
    task_start_time: DATETIME,
    last_heartbeat_time: DATETIME,
  },
  { countsUp: true },
);

const checkpointSegments = table(2, {
  uuid: { kind: 'binary', length: 32 },
  segment_id: SIGNED_BIGINT,
  data: BLOB,
  update_time: TIMESTAMP,
});

/** The database in which a restore stores its checkpoint (br/pkg/checkpoint/storage.go). */
export const CHECKPOINT_TABLES = {
  cpt_data: checkpointSegments,
  cpt_checksum: checkpointSegments,
  cpt_metadata: table(1, { segment_id: SIGNED_BIGINT, data: BLOB, update_time: TIMESTAMP }),
} as const satisfies Record<string, TableDefinition>;

const UNUSED_INDEXES: TableDefinition = {
  ...table(0, { object_schema: text(64), object_name: text(64), index_name: text(64) }),
  indexes: [],
  clustered: false,
  view: {
    select:
      'SELECT TABLE_SCHEMA AS object_schema, TABLE_NAME AS object_name, INDEX_NAME AS index_name FROM information_schema.statistics WHERE 1 = 0',
    database: 'sys',
    definer: { user: 'root', host: '%' },
  },
};

/** TiDB's own databases in the storage, and so in a backup of everything. */
export function systemSchemas(
  version: TidbVersion,
): Readonly<Record<string, Readonly<Record<string, TableDefinition>>>> {
  return {
    mysql: {
      ...MYSQL_TABLES,
      ...(hasFeature(version, 'restoreRegistry') && { tidb_restore_registry: RESTORE_REGISTRY }),
    },
    ...(hasFeature(version, 'sysDatabase') && { sys: { schema_unused_indexes: UNUSED_INDEXES } }),
  };
}
