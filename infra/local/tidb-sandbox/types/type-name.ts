import { assertNever } from '../storage/cell.ts';
import type { ColumnType, IntegerWidth, LobSize } from '../storage/schema.ts';
import { hasFeature, type TidbVersion } from '../tidb-version.ts';

/** Display widths as TiDB prints them. */
const displayWidths: Readonly<Record<IntegerWidth, number>> = {
  tinyint: 4,
  smallint: 6,
  mediumint: 9,
  int: 11,
  bigint: 20,
};
const unsignedWidths: Readonly<Record<IntegerWidth, number>> = {
  tinyint: 3,
  smallint: 5,
  mediumint: 8,
  int: 10,
  bigint: 20,
};
const lobPrefixes: Readonly<Record<LobSize, string>> = { tiny: 'tiny', normal: '', medium: 'medium', long: 'long' };

/** The type as SHOW CREATE TABLE prints it in a release. */
export function typeName(type: ColumnType, version: TidbVersion): string {
  switch (type.kind) {
    case 'integer':
      if (type.boolean) return 'tinyint(1)';
      if (hasFeature(version, 'noDisplayWidth')) return type.unsigned ? `${type.width} unsigned` : type.width;
      return type.unsigned
        ? `${type.width}(${unsignedWidths[type.width]}) unsigned`
        : `${type.width}(${displayWidths[type.width]})`;
    case 'decimal':
      return `decimal(${type.precision},${type.scale})${type.unsigned ? ' unsigned' : ''}`;
    case 'char':
    case 'varchar':
    case 'binary':
    case 'varbinary':
      return `${type.kind}(${type.length})`;
    case 'text':
    case 'blob':
      return lobPrefixes[type.size] + type.kind;
    case 'datetime':
    case 'timestamp':
    case 'time':
      return type.fsp === 0 ? type.kind : `${type.kind}(${type.fsp})`;
    case 'year':
      return 'year(4)';
    case 'bit':
      return `bit(${type.length})`;
    case 'vector':
      return type.dimensions === undefined ? 'vector' : `vector(${type.dimensions})`;
    case 'enum':
    case 'set':
      return `${type.kind}(${type.values.map((value) => `'${value.replaceAll("'", "''")}'`).join(',')})`;
    case 'float':
    case 'double':
    case 'date':
    case 'json':
      return type.kind;
    default:
      return assertNever(type);
  }
}

/** The type without its length: DATA_TYPE of information_schema.columns. */
export function dataType(type: ColumnType): string {
  switch (type.kind) {
    case 'integer':
      return type.width;
    case 'text':
    case 'blob':
      return lobPrefixes[type.size] + type.kind;
    default:
      return type.kind;
  }
}
