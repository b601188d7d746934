import { formatNewCollation } from '../brie/session.ts';
import { accessDenied } from '../sql/errors.ts';
import type { Cell } from '../storage/cell.ts';
import { millisFromTso } from '../storage/tso.ts';
import { formatTidbVersion } from '../tidb-version.ts';
import { formatDatetime } from '../types/temporal.ts';
import { dataType, typeName } from '../types/type-name.ts';
import { defaultCollation } from './as-text.ts';
import { BIGINT, UNSIGNED_BIGINT } from './compiled.ts';
import { defaultText } from './create-table-text.ts';
import { otherObjectTables } from './object-tables.ts';
import { processList } from './process-list.ts';
import type { Session } from './session.ts';
import { ddlJobColumns, ddlJobRows } from './show-ddl-jobs.ts';
import { columnKey, ListSource } from './table-source.ts';
import {
  columns,
  createOptions,
  DATETIME,
  LONG_TEXT,
  type SystemTable,
  TEXT,
  tableType,
  visibleTables,
} from './visible-tables.ts';

const processColumns = {
  ID: UNSIGNED_BIGINT,
  USER: TEXT,
  HOST: TEXT,
  DB: TEXT,
  COMMAND: TEXT,
  TIME: BIGINT,
  STATE: TEXT,
  INFO: LONG_TEXT,
  TxnStart: TEXT,
} as const;

function processRows(session: Session, withInstance: boolean): Cell[][] {
  const servers = withInstance ? session.cluster.reachedBy(session) : [session.server];
  const sessions = servers.flatMap((server) => [...server.sessions.values()]);
  return processList(sessions, session).map((process) => [
    ...(withInstance ? [process.instance] : []),
    process.id,
    process.user,
    process.host,
    process.database,
    process.command,
    process.seconds,
    process.state,
    process.info,
    process.transactionStart,
  ]);
}

/** TiDB's own databases. `mysql` and `sys` are in the storage. */
const systemDatabases: readonly string[] = ['information_schema', 'mysql', 'sys'];

/** The databases that pass `isShown`, and `INFORMATION_SCHEMA`, which everyone sees. */
export function databasesShown(session: Session, isShown: (name: string) => boolean): string[] {
  const stored = session.cluster.storage.listDatabases(session.schemaTs()).map(({ name }) => name);
  return ['INFORMATION_SCHEMA', ...stored.filter(isShown)].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
}

/** Name, character set, id, and whether it is the default, for some of TiDB's collations. */
const COLLATIONS: readonly (readonly [string, string, bigint, string])[] = [
  ['ascii_bin', 'ascii', 65n, 'Yes'],
  ['binary', 'binary', 63n, 'Yes'],
  ['latin1_bin', 'latin1', 47n, 'Yes'],
  ['utf8_bin', 'utf8', 83n, 'Yes'],
  ['utf8_general_ci', 'utf8', 33n, ''],
  ['utf8mb4_bin', 'utf8mb4', 46n, 'Yes'],
  ['utf8mb4_general_ci', 'utf8mb4', 45n, ''],
  ['utf8mb4_unicode_ci', 'utf8mb4', 224n, ''],
];

const systemTables: Readonly<Record<string, SystemTable>> = {
  'information_schema.schemata': {
    columns: columns({
      CATALOG_NAME: TEXT,
      SCHEMA_NAME: TEXT,
      DEFAULT_CHARACTER_SET_NAME: TEXT,
      DEFAULT_COLLATION_NAME: TEXT,
      SQL_PATH: TEXT,
    }),
    rows: (session) =>
      databasesShown(session, (name) => session.account.seesTable(name)).map((name) => [
        'def',
        name,
        'utf8mb4',
        'utf8mb4_bin',
        null,
      ]),
  },
  'information_schema.tables': {
    columns: columns({
      TABLE_CATALOG: TEXT,
      TABLE_SCHEMA: TEXT,
      TABLE_NAME: TEXT,
      TABLE_TYPE: TEXT,
      ENGINE: TEXT,
      TABLE_ROWS: UNSIGNED_BIGINT,
      DATA_LENGTH: UNSIGNED_BIGINT,
      INDEX_LENGTH: UNSIGNED_BIGINT,
      AUTO_INCREMENT: UNSIGNED_BIGINT,
      CREATE_TIME: DATETIME,
      TABLE_COLLATION: TEXT,
      CREATE_OPTIONS: TEXT,
      TABLE_COMMENT: { kind: 'varchar', length: 2048 },
      TIDB_TABLE_ID: BIGINT,
    }),
    rows: (session) => {
      const { storage } = session.cluster;
      const at = session.cluster.statisticsTs();
      return visibleTables(session).map((table) => {
        const { data, indexes } = storage.bytes(table, at);
        const rowCount = storage.rowCount(table, at);
        return [
          'def',
          table.database,
          table.name,
          tableType(table),
          ...(table.definition.view
            ? [null, null, null, null]
            : ['InnoDB', rowCount, data, rowCount === 0n ? 0n : indexes]),
          table.definition.columns.some((column) => column.autoIncrement) ? storage.nextRowId(table) : null,
          formatDatetime(BigInt(millisFromTso(table.schemaTs)) * 1000n, 0),
          table.definition.view ? null : defaultCollation(table.definition.charset),
          createOptions(table.definition),
          table.definition.view ? 'VIEW' : table.definition.comment,
          table.id,
        ];
      });
    },
  },
  'information_schema.columns': {
    columns: columns({
      TABLE_CATALOG: TEXT,
      TABLE_SCHEMA: TEXT,
      TABLE_NAME: TEXT,
      COLUMN_NAME: TEXT,
      ORDINAL_POSITION: BIGINT,
      COLUMN_DEFAULT: LONG_TEXT,
      IS_NULLABLE: TEXT,
      DATA_TYPE: TEXT,
      COLUMN_TYPE: LONG_TEXT,
      COLUMN_KEY: TEXT,
      EXTRA: TEXT,
      COLUMN_COMMENT: { kind: 'varchar', length: 1024 },
    }),
    rows: (session) =>
      visibleTables(session)
        .filter(({ database, name }) => session.account.seesColumns(database, name))
        .flatMap(({ database, name, definition }) =>
          definition.columns.map((column, at) => [
            'def',
            database,
            name,
            column.name,
            BigInt(at + 1),
            defaultText(column) ?? null,
            column.nullable ? 'YES' : 'NO',
            dataType(column.type),
            typeName(column.type, session.cluster.version),
            columnKey(definition, column),
            columnExtra(column),
            column.comment,
          ]),
        ),
  },
  'information_schema.statistics': {
    columns: columns({
      TABLE_SCHEMA: TEXT,
      TABLE_NAME: TEXT,
      NON_UNIQUE: BIGINT,
      INDEX_NAME: TEXT,
      SEQ_IN_INDEX: BIGINT,
      COLUMN_NAME: TEXT,
      NULLABLE: TEXT,
      INDEX_TYPE: TEXT,
      INDEX_COMMENT: { kind: 'varchar', length: 1024 },
    }),
    rows: (session) =>
      visibleTables(session).flatMap(({ database, name, definition }) =>
        definition.indexes.flatMap((index) =>
          index.columnIds.map((id, at) => {
            const column = definition.columns.find((each) => each.id === id);
            const nonUnique = index.unique ? 0n : 1n;
            const nullable = column?.nullable ? 'YES' : '';
            const position = BigInt(at + 1);
            return [
              database,
              name,
              nonUnique,
              index.name,
              position,
              column?.name ?? '',
              nullable,
              'BTREE',
              index.comment,
            ];
          }),
        ),
      ),
  },
  'information_schema.ddl_jobs': { columns: ddlJobColumns, rows: ddlJobRows },
  ...otherObjectTables,
  'information_schema.processlist': {
    columns: columns(processColumns),
    rows: (session) => processRows(session, false),
  },
  'information_schema.cluster_processlist': {
    columns: columns({ INSTANCE: TEXT, ...processColumns }),
    rows: (session) => processRows(session, true),
  },
  'information_schema.cluster_info': {
    columns: columns({ TYPE: TEXT, INSTANCE: TEXT, STATUS_ADDRESS: TEXT, VERSION: TEXT, SERVER_ID: BIGINT }),
    rows: ({ cluster, account }) => {
      if (!account.hasGlobal('PROCESS')) throw accessDenied('PROCESS');
      return [
        ...cluster.listedServers.map(({ address, statusAddress, id }) => [
          'tidb',
          address,
          statusAddress,
          formatTidbVersion(cluster.version),
          id,
        ]),
        // The cluster's only store, at a port where nothing listens.
        ['tikv', cluster.servers[0]?.host ?? '', '', formatTidbVersion(cluster.version), 0n],
        ...Array.from({ length: cluster.tiflashStores }, (_, at) => [
          'tiflash',
          `${cluster.servers[0]?.host ?? ''}:${3930 + at}`,
          '',
          formatTidbVersion(cluster.version),
          0n,
        ]),
      ];
    },
  },
  // Includes a server that does not answer until its lease expires, some minutes after a crash.
  'information_schema.tidb_servers_info': {
    columns: columns({ DDL_ID: TEXT, IP: TEXT, PORT: BIGINT, STATUS_PORT: BIGINT, VERSION: TEXT }),
    rows: ({ cluster }) =>
      cluster.listedServers.map(({ id, host, port, statusPort }) => [
        `sandbox-${id}`,
        host,
        BigInt(port),
        BigInt(statusPort),
        cluster.versionText,
      ]),
  },
  // One row for each server that answers, whatever runs on it.
  'information_schema.cluster_memory_usage': {
    columns: columns({ INSTANCE: TEXT, MEMORY_CURRENT: BIGINT }),
    rows: (session) =>
      session.cluster.reachedBy(session).map(({ statusAddress }) => [statusAddress, BigInt(process.memoryUsage.rss())]),
  },
  // Readable by every account.
  'information_schema.collations': {
    columns: columns({
      COLLATION_NAME: TEXT,
      CHARACTER_SET_NAME: TEXT,
      ID: BIGINT,
      IS_DEFAULT: TEXT,
      IS_COMPILED: TEXT,
      SORTLEN: BIGINT,
      PAD_ATTRIBUTE: TEXT,
    }),
    rows: ({ cluster }) =>
      COLLATIONS.filter(([name]) => cluster.newCollation || /(?:_bin|^binary)$/.test(name)).map(
        ([name, charset, id, isDefault]) => [name, charset, id, isDefault, 'Yes', 1n, 'PAD SPACE'],
      ),
  },
  'mysql.tidb': {
    columns: columns({ VARIABLE_NAME: TEXT, VARIABLE_VALUE: { kind: 'varchar', length: 1024 }, COMMENT: LONG_TEXT }),
    rows: ({ cluster }) => {
      const safePoint = BigInt(millisFromTso(cluster.storage.gcSafePoint())) * 1000n;
      const goTime = `${formatDatetime(safePoint, 3).replaceAll('-', '').replace(' ', '-')} +0000`;
      return [
        ['new_collation_enabled', formatNewCollation(cluster), 'If the new collations are enabled. Do not edit it.'],
        ['tikv_gc_enable', 'true', 'Current GC enable status'],
        ['tikv_gc_run_interval', cluster.globals.get('tidb_gc_run_interval'), 'GC run interval, at least 10m'],
        ['tikv_gc_life_time', cluster.globals.get('tidb_gc_life_time'), 'All versions within life time are kept'],
        ['tikv_gc_safe_point', goTime, 'All versions after safe point can be accessed'],
      ];
    },
  },
};

/** A table that the server computes; `undefined` if it has none with this name. */
export function systemTable(database: string, name: string, session: Session): ListSource | undefined {
  const key = `${database}.${name}`.toLowerCase();
  const table = Object.hasOwn(systemTables, key) ? systemTables[key] : undefined;
  return table && new ListSource(table.columns, table.rows(session));
}

/** The names of the tables of `information_schema`. */
export function systemTableNames(): string[] {
  const prefix = 'information_schema.';
  const names = Object.keys(systemTables).filter((key) => key.startsWith(prefix));
  return names.map((key) => key.slice(prefix.length).toUpperCase());
}

export function isSystemDatabase(name: string): boolean {
  return systemDatabases.includes(name.toLowerCase());
}

/** The Extra column of DESCRIBE. */
export function columnExtra(column: { readonly autoIncrement: boolean; readonly onUpdateNow: boolean }): string {
  if (column.autoIncrement) return 'auto_increment';
  return column.onUpdateNow ? 'DEFAULT_GENERATED on update CURRENT_TIMESTAMP' : '';
}
