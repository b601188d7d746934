import type { Cell } from '../storage/cell.ts';
import { BIGINT } from './compiled.ts';
import { columns, LONG_TEXT, type SystemTable, TEXT, visibleTables } from './visible-tables.ts';

/** Rows of `information_schema` about objects other than plain tables. */
export const otherObjectTables: Readonly<Record<string, SystemTable>> = {
  'information_schema.views': {
    columns: columns({
      TABLE_CATALOG: TEXT,
      TABLE_SCHEMA: TEXT,
      TABLE_NAME: TEXT,
      VIEW_DEFINITION: LONG_TEXT,
      CHECK_OPTION: TEXT,
      IS_UPDATABLE: TEXT,
      DEFINER: TEXT,
      SECURITY_TYPE: TEXT,
      CHARACTER_SET_CLIENT: TEXT,
      COLLATION_CONNECTION: TEXT,
    }),
    rows: (session) =>
      visibleTables(session).flatMap(({ database, name, definition: { view } }): Cell[][] => {
        if (!view) return [];
        const { select, definer } = view;
        const by = `${definer.user}@${definer.host}`;
        return [['def', database, name, select, 'CASCADED', 'NO', by, 'DEFINER', 'utf8mb4', 'utf8mb4_general_ci']];
      }),
  },
  'information_schema.sequences': {
    columns: columns({
      TABLE_CATALOG: TEXT,
      SEQUENCE_SCHEMA: TEXT,
      SEQUENCE_NAME: TEXT,
      CACHE: BIGINT,
      CACHE_VALUE: BIGINT,
      CYCLE: BIGINT,
      INCREMENT: BIGINT,
      MAX_VALUE: BIGINT,
      MIN_VALUE: BIGINT,
      START: BIGINT,
      COMMENT: TEXT,
    }),
    rows: (session) =>
      visibleTables(session).flatMap(({ database, name, definition: { sequence, comment } }): Cell[][] => {
        if (!sequence) return [];
        const { cache, cycle, increment, max, min, start } = sequence;
        const numbers = [increment, max, min, start].map(BigInt);
        return [['def', database, name, cache > 0 ? 1n : 0n, BigInt(cache), cycle ? 1n : 0n, ...numbers, comment]];
      }),
  },
  'information_schema.tiflash_replica': {
    columns: columns({
      TABLE_SCHEMA: TEXT,
      TABLE_NAME: TEXT,
      TABLE_ID: BIGINT,
      REPLICA_COUNT: BIGINT,
      LOCATION_LABELS: TEXT,
      AVAILABLE: BIGINT,
      PROGRESS: { kind: 'double' },
    }),
    rows: (session) =>
      visibleTables(session).flatMap(({ database, name, id, definition: { tiflashReplicas } }): Cell[][] =>
        tiflashReplicas === undefined ? [] : [[database, name, id, BigInt(tiflashReplicas), '', 1n, 1]],
      ),
  },
};
