import type { Alteration } from '../sql/ast.ts';
import { notSupported, SqlError } from '../sql/errors.ts';
import { assertNever, type Cell } from '../storage/cell.ts';
import { decodeRow, encodeRow } from '../storage/row-codec.ts';
import type { TableInfo } from '../storage/schema.ts';
import type { ClusterStorage, RowChange } from '../storage/storage.ts';
import { alterationJobType, asDdlJob, ownerOf } from './ddl-job.ts';
import type { Session } from './session.ts';
import { clusteredKey, rowIdKey } from './write-row.ts';

const BATCH_ROWS = 1_000;

export type PartitionChange = Extract<
  Alteration,
  { kind: 'dropPartitions' | 'truncatePartitions' | 'exchangePartition' }
>;

export function isPartitionChange(alteration: Alteration | undefined): alteration is PartitionChange {
  const kind = alteration?.kind;
  return kind === 'dropPartitions' || kind === 'truncatePartitions' || kind === 'exchangePartition';
}

/** Changes of partitions together with their rows. The sandbox stores a table's rows together and finds those of a partition by its bounds. */
export function changePartitions(table: TableInfo, change: PartitionChange, session: Session): void {
  const { storage } = session.cluster;
  const facts = { type: alterationJobType(change), database: ownerOf(table, session) };
  switch (change.kind) {
    case 'dropPartitions':
    case 'truncatePartitions':
      asDdlJob(
        session,
        () => removePartitions(table, change, storage),
        (changed) => ({ ...facts, tables: [changed] }),
      );
      break;
    case 'exchangePartition': {
      const other = session.table(change.table, 'ALTER');
      // The job names the partitioned table but has the other one's id (onExchangeTablePartition, pkg/ddl/partition.go).
      asDdlJob(
        session,
        () => exchange(table, change.name, other, storage),
        () => ({ ...facts, tables: [table], tableId: other.id }),
      );
      break;
    }
    default:
      assertNever(change);
  }
}

function removePartitions(
  table: TableInfo,
  { kind, names }: Extract<PartitionChange, { kind: 'dropPartitions' | 'truncatePartitions' }>,
  storage: ClusterStorage,
): TableInfo {
  const { partitioning } = table.definition;
  if (kind === 'dropPartitions' && partitioning && names.length >= partitioning.partitions.length) {
    throw new SqlError(1508, 'Cannot remove all partitions, use DROP TABLE instead');
  }
  for (const name of names) clear(storage, table, rowsIn(table, name, storage));
  if (kind === 'truncatePartitions' || !partitioning) return storage.alterTable(table, table.definition);
  const isDropped = (name: string) => names.some((each) => sameName(each, name));
  const partitions = partitioning.partitions.filter(({ name }) => !isDropped(name));
  return storage.alterTable(table, { ...table.definition, partitioning: { ...partitioning, partitions } });
}

/** The rows swap places, and the other table gets the partition's id: a new one. */
function exchange(table: TableInfo, partition: string, other: TableInfo, storage: ClusterStorage): void {
  const shape = ({ definition }: TableInfo) => JSON.stringify(definition.columns.map(({ name, type }) => [name, type]));
  if (shape(table) !== shape(other)) throw new SqlError(1736, 'Tables have different definitions');
  const ofPartition = rowsIn(table, partition, storage);
  const ofOther = allRows(other, storage);
  const isInside = containment(table, partition);
  if (!ofOther.every(({ row }) => isInside(row))) {
    throw new SqlError(1737, 'Found a row that does not match the partition');
  }
  clear(storage, table, ofPartition);
  storage.dropTable(other);
  fill(storage, storage.createTable(other.database, other.name, other.definition), ofPartition);
  fill(storage, table, ofOther);
}

interface KeyedRow {
  readonly key: Uint8Array;
  readonly row: readonly Cell[];
}

function rowsIn(table: TableInfo, partition: string, storage: ClusterStorage): KeyedRow[] {
  const isInside = containment(table, partition);
  return allRows(table, storage).filter(({ row }) => isInside(row));
}

function allRows(table: TableInfo, storage: ClusterStorage): KeyedRow[] {
  const changes = [...storage.scan(table, { at: storage.currentTso() }, BATCH_ROWS)].flat();
  return changes.flatMap(({ key, value }) =>
    value === null ? [] : [{ key, row: decodeRow(table.definition.columns, value) }],
  );
}

function clear(storage: ClusterStorage, table: TableInfo, rows: readonly KeyedRow[]): void {
  if (rows.length > 0)
    storage.applyChanges(
      table,
      rows.map(({ key }) => ({ key, value: null })),
    );
}

function fill(storage: ClusterStorage, table: TableInfo, rows: readonly KeyedRow[]): void {
  let nextRowId = storage.nextRowId(table);
  const changes = rows.map(({ row }): RowChange => {
    const key = clusteredKey(table, row) ?? rowIdKey(nextRowId++);
    return { key, value: encodeRow(table.definition.columns, row) };
  });
  if (changes.length === 0) return;
  storage.applyChanges(table, changes);
  storage.raiseNextRowId(table, nextRowId);
}

/** Whether a row belongs to a partition by ranges of one integer column. */
function containment({ definition }: TableInfo, partition: string): (row: readonly Cell[]) => boolean {
  const { partitioning } = definition;
  if (!partitioning || partitioning.count !== undefined) {
    throw new SqlError(1505, 'Partition management on a not partitioned table is not possible');
  }
  const [, columnName = ''] = /^RANGE(?: COLUMNS)? \(`([^`]+)`\)$/.exec(partitioning.by) ?? [];
  const at = definition.columns.findIndex(({ name }) => sameName(name, columnName));
  const bounds = partitioning.partitions.map(({ values }) => boundOf(values));
  const position = partitioning.partitions.findIndex(({ name }) => sameName(name, partition));
  if (position < 0) throw new SqlError(1735, `Unknown partition '${partition}' in table`);
  if (at < 0 || bounds.includes(undefined)) throw notSupported('partitions other than ranges of one integer column');
  const [from, to] = [bounds[position - 1], bounds[position]];
  return (row) => {
    const cell = row[at];
    const isBelow = (bound: Bound | undefined) =>
      bound === 'MAXVALUE' || (bound !== undefined && (typeof cell !== 'bigint' || cell < bound));
    return isBelow(to) && !isBelow(from);
  };
}

type Bound = bigint | 'MAXVALUE';

function boundOf(values: string): Bound | undefined {
  const [, bound] = /^LESS THAN \((-?\d+|MAXVALUE)\)$/.exec(values) ?? [];
  if (bound === undefined) return undefined;
  return bound === 'MAXVALUE' ? bound : BigInt(bound);
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
