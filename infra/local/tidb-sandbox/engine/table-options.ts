import type { Alteration, CreateTable, ForeignKeySpec } from '../sql/ast.ts';
import { notSupported, SqlError } from '../sql/errors.ts';
import { assertNever } from '../storage/cell.ts';
import type { ForeignKey, TableDefinition } from '../storage/schema.ts';

/** Table-level options of a CREATE TABLE; its columns and indexes are in `definition`. */
export function optionsOf(
  { temporary, partitioning, foreignKeys = [], ttl }: CreateTable,
  definition: TableDefinition,
): Partial<TableDefinition> {
  if (ttl && !definition.columns.some(({ name }) => name.toLowerCase() === ttl.column.toLowerCase())) {
    throw new SqlError(1054, `Unknown column '${ttl.column}' in 'TTL config'`);
  }
  if (partitioning && foreignKeys.length > 0) throw partitionedForeignKey();
  if (temporary && partitioning) throw new SqlError(1562, 'Cannot create temporary table with partitions');
  return {
    ...(temporary && { temporary }),
    ...(partitioning && { partitioning }),
    ...(ttl && { ttl }),
    ...(foreignKeys.length > 0 && { foreignKeys: foreignKeys.map(named) }),
  };
}

export function partitionedForeignKey(): SqlError {
  return new SqlError(1506, 'Foreign key clause is not yet supported in conjunction with partitioning');
}

function named(key: ForeignKeySpec, at: number): ForeignKey {
  return { ...key, name: key.name ?? `fk_${at + 1}` };
}

export type OptionAlteration = Extract<
  Alteration,
  { kind: 'tiflashReplicas' | 'cache' | 'ttl' | 'addPartitions' | 'reorganizePartitions' }
>;

/** @param tiflashStores number of TiFlash stores in the cluster */
export function alteredOptions(
  definition: TableDefinition,
  alteration: OptionAlteration,
  tiflashStores: number,
): TableDefinition {
  switch (alteration.kind) {
    case 'tiflashReplicas':
      return withReplicas(definition, Number(alteration.count), tiflashStores);
    case 'cache': {
      const { cached: _, ...rest } = definition;
      return alteration.cached ? { ...rest, cached: true } : rest;
    }
    case 'ttl':
      return withTtl(definition, alteration.ttl);
    case 'addPartitions': {
      const partitioning = requirePartitions(definition);
      return {
        ...definition,
        partitioning: { ...partitioning, partitions: [...partitioning.partitions, ...alteration.partitions] },
      };
    }
    case 'reorganizePartitions':
      return reorganized(definition, alteration);
    default:
      return assertNever(alteration);
  }
}

function withReplicas(definition: TableDefinition, count: number, stores: number): TableDefinition {
  if (count > stores) {
    throw new SqlError(
      1105,
      `the tiflash replica count: ${count} should be less than the total tiflash server count: ${stores}`,
    );
  }
  const { tiflashReplicas: _, ...rest } = definition;
  return count === 0 ? rest : { ...rest, tiflashReplicas: count };
}

function withTtl(
  definition: TableDefinition,
  change: Extract<OptionAlteration, { kind: 'ttl' }>['ttl'],
): TableDefinition {
  const { ttl, ...rest } = definition;
  if (change === 'none') return rest;
  if (!ttl) throw notSupported('adding a TTL to a table');
  return { ...rest, ttl: { ...ttl, ...change } };
}

/** The new partitions take the position of the first old one. */
function reorganized(
  definition: TableDefinition,
  { names, partitions }: Extract<OptionAlteration, { kind: 'reorganizePartitions' }>,
): TableDefinition {
  const partitioning = requirePartitions(definition);
  const isGone = ({ name }: { name: string }) => names.some((old) => old.toLowerCase() === name.toLowerCase());
  const first = partitioning.partitions.findIndex(isGone);
  if (partitioning.partitions.filter(isGone).length !== names.length) {
    throw new SqlError(1735, `Unknown partition '${names.join(',')}' in table`);
  }
  const kept = partitioning.partitions.filter((partition) => !isGone(partition));
  return { ...definition, partitioning: { ...partitioning, partitions: kept.toSpliced(first, 0, ...partitions) } };
}

function requirePartitions({ partitioning }: TableDefinition): NonNullable<TableDefinition['partitioning']> {
  if (partitioning && partitioning.count === undefined) return partitioning;
  throw new SqlError(1505, 'Partition management on a not partitioned table is not possible');
}
