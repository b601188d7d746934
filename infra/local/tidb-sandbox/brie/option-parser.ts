import { syntaxErrorAbout } from '../sql/errors.ts';
import type { TokenCursor } from '../sql/token-cursor.ts';
import { hasFeature, type TidbVersion } from '../tidb-version.ts';
import type { BooleanOption, BrieOption, IntegerOption, StringOption } from './statement.ts';

const MAX_UINT64 = 2n ** 64n - 1n;

const integerOptions = ['CONCURRENCY', 'CHECKSUM_CONCURRENCY', 'COMPRESSION_LEVEL'] as const satisfies IntegerOption[];
const booleanOptions = [
  'SEND_CREDENTIALS_TO_TIKV',
  'ONLINE',
  'CHECKPOINT',
  'WAIT_TIFLASH_READY',
  'WITH_SYS_TABLE',
  'IGNORE_STATS',
  'LOAD_STATS',
] as const satisfies BooleanOption[];
const stringOptions = [
  'COMPRESSION_TYPE',
  'ENCRYPTION_METHOD',
  'ENCRYPTION_KEYFILE',
  'FULL_BACKUP_STORAGE',
  'RESTORED_TS',
  'START_TS',
  'UNTIL_TS',
  'GC_TTL',
] as const satisfies StringOption[];

const timeUnits = ['MICROSECOND', 'SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'] as const;

/** Microseconds of the units with a fixed length; TiDB refuses the others. */
const constantUnits: Readonly<Partial<Record<(typeof timeUnits)[number], bigint>>> = {
  MICROSECOND: 1n,
  SECOND: 1_000_000n,
  MINUTE: 60_000_000n,
  HOUR: 3_600_000_000n,
  DAY: 86_400_000_000n,
  WEEK: 604_800_000_000n,
};

/** The parser does not know these before `laterBrieOptions`, hence a syntax error there. */
const laterOptions: ReadonlySet<string> = new Set([
  'CHECKSUM_CONCURRENCY',
  'COMPRESSION_LEVEL',
  'COMPRESSION_TYPE',
  'ENCRYPTION_METHOD',
  'ENCRYPTION_KEYFILE',
  'IGNORE_STATS',
  'LOAD_STATS',
  'WAIT_TIFLASH_READY',
  'WITH_SYS_TABLE',
]);

/** Options up to the end of the statement: separated by spaces only, `=` optional (BRIEOptions in parser.y). */
export function parseOptions(cursor: TokenCursor, version: TidbVersion): BrieOption[] {
  const options: BrieOption[] = [];
  for (;;) {
    const name = cursor.peek();
    if (laterOptions.has(name.text.toUpperCase()) && !hasFeature(version, 'laterBrieOptions')) return options;
    const option = parseOption(cursor);
    if (option === undefined) return options;
    options.push(option);
  }
}

function parseOption(cursor: TokenCursor): BrieOption | undefined {
  const integer = acceptOption(cursor, ...integerOptions);
  if (integer) return { kind: 'integer', name: integer, value: expectLength(cursor) };
  const boolean = acceptOption(cursor, ...booleanOptions);
  if (boolean) return { kind: 'boolean', name: boolean, value: expectBoolean(cursor) };
  const string = acceptOption(cursor, ...stringOptions);
  if (string) return { kind: 'string', name: string, value: cursor.expectString() };
  if (acceptOption(cursor, 'CHECKSUM')) {
    const level = cursor.acceptOneOf('OFF', 'OPTIONAL', 'REQUIRED');
    return { kind: 'checksum', level: level ?? (expectBoolean(cursor) ? 'REQUIRED' : 'OFF') };
  }
  if (acceptOption(cursor, 'RATE_LIMIT')) return parseRateLimit(cursor);
  if (acceptOption(cursor, 'SNAPSHOT')) return parseSnapshot(cursor);
  if (acceptOption(cursor, 'LAST_BACKUP')) {
    return { kind: 'timestamp', name: 'LAST_BACKUP', at: expectTsoOrDatetime(cursor) };
  }
  return undefined;
}

function parseRateLimit(cursor: TokenCursor): BrieOption {
  const mebibytesPerSecond = expectLength(cursor);
  cursor.expectWords('MB');
  cursor.expectSymbol('/');
  cursor.expectWords('SECOND');
  return { kind: 'rateLimit', mebibytesPerSecond };
}

function parseSnapshot(cursor: TokenCursor): BrieOption {
  const at = expectTsoOrDatetime(cursor);
  if (typeof at === 'string') return { kind: 'timestamp', name: 'SNAPSHOT', at };
  const unit = cursor.acceptOneOf(...timeUnits);
  if (unit === undefined) return { kind: 'timestamp', name: 'SNAPSHOT', at };
  cursor.expectWords('AGO');
  const microseconds = constantUnits[unit];
  if (microseconds === undefined) {
    throw syntaxErrorAbout(`${unit} is not a constant time interval and cannot be used here`);
  }
  return { kind: 'snapshotAgo', microseconds: at * microseconds };
}

function acceptOption<const Name extends string>(cursor: TokenCursor, ...names: Name[]): Name | undefined {
  const name = cursor.acceptOneOf(...names);
  if (name !== undefined) cursor.acceptSymbol('=');
  return name;
}

function expectTsoOrDatetime(cursor: TokenCursor): bigint | string {
  return cursor.peek().kind === 'string' ? cursor.expectString() : expectLength(cursor);
}

function expectLength(cursor: TokenCursor): bigint {
  const token = cursor.peek();
  const value = cursor.expectInteger();
  if (value > MAX_UINT64) throw cursor.unexpected(token);
  return value;
}

/** TiDB accepts a number, TRUE or FALSE here, but neither ON nor OFF. */
function expectBoolean(cursor: TokenCursor): boolean {
  const word = cursor.acceptOneOf('TRUE', 'FALSE');
  return word === undefined ? cursor.expectInteger() !== 0n : word === 'TRUE';
}
