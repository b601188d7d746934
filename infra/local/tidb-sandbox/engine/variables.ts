import { notSupported, SqlError, unknownVariable } from '../sql/errors.ts';
import type { ColumnType } from '../storage/schema.ts';
import { type Feature, hasFeature, type TidbVersion } from '../tidb-version.ts';

/** What a variable may be set to. `readOnly` throws 1238; `fixed` accepts only its current value. */
type Rule =
  | { readonly kind: 'readOnly' }
  | { readonly kind: 'fixed' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer'; readonly min: bigint }
  | { readonly kind: 'text' };

interface VariableDefinition {
  readonly value: string;
  readonly rule: Rule;
  readonly scope: 'both' | 'session' | 'global';
}

const readOnly: Rule = { kind: 'readOnly' };
const fixed: Rule = { kind: 'fixed' };
const text: Rule = { kind: 'text' };
const boolean: Rule = { kind: 'boolean' };
const natural: Rule = { kind: 'integer', min: 0n };

function both(value: string, rule: Rule): VariableDefinition {
  return { value, rule, scope: 'both' };
}

const SQL_MODE =
  'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,' +
  'NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION';

/**
 * The supported system variables with TiDB's defaults. A variable whose other values would change results in an unimplemented way is
 * `fixed`: other values are refused.
 */
const definitions: Readonly<Record<string, VariableDefinition>> = {
  auto_increment_increment: both('1', fixed),
  auto_increment_offset: both('1', fixed),
  autocommit: both('ON', boolean),
  character_set_client: both('utf8mb4', text),
  character_set_connection: both('utf8mb4', text),
  character_set_database: both('utf8mb4', fixed),
  character_set_results: both('utf8mb4', text),
  character_set_server: both('utf8mb4', fixed),
  character_set_system: { value: 'utf8mb4', rule: readOnly, scope: 'global' },
  collation_connection: both('utf8mb4_bin', text),
  collation_database: both('utf8mb4_bin', fixed),
  collation_server: both('utf8mb4_bin', fixed),
  default_storage_engine: both('InnoDB', fixed),
  foreign_key_checks: both('ON', boolean),
  group_concat_max_len: both('1048576', natural),
  hostname: { value: '', rule: readOnly, scope: 'global' },
  init_connect: { value: '', rule: fixed, scope: 'global' },
  interactive_timeout: both('28800', natural),
  last_insert_id: { value: '0', rule: readOnly, scope: 'session' },
  license: { value: 'Apache License 2.0', rule: readOnly, scope: 'global' },
  lower_case_table_names: { value: '2', rule: readOnly, scope: 'global' },
  max_allowed_packet: both('67108864', fixed),
  max_execution_time: both('0', natural),
  net_buffer_length: both('16384', fixed),
  net_read_timeout: both('30', natural),
  net_write_timeout: both('60', natural),
  performance_schema: { value: 'OFF', rule: readOnly, scope: 'global' },
  port: { value: '', rule: readOnly, scope: 'global' },
  query_cache_size: { value: '1048576', rule: readOnly, scope: 'global' },
  query_cache_type: both('OFF', fixed),
  require_secure_transport: { value: 'OFF', rule: boolean, scope: 'global' },
  sandbox_faults: { value: '[]', rule: text, scope: 'global' },
  sql_auto_is_null: both('OFF', fixed),
  sql_mode: both(SQL_MODE, text),
  sql_notes: both('ON', boolean),
  sql_quote_show_create: both('ON', fixed),
  sql_safe_updates: both('OFF', fixed),
  sql_select_limit: both('18446744073709551615', fixed),
  system_time_zone: { value: 'UTC', rule: readOnly, scope: 'global' },
  tidb_allow_batch_cop: both('1', natural),
  tidb_current_ts: { value: '0', rule: readOnly, scope: 'session' },
  tidb_gc_life_time: { value: '10m0s', rule: text, scope: 'global' },
  tidb_gc_run_interval: { value: '10m0s', rule: fixed, scope: 'global' },
  tidb_gc_enable: { value: 'ON', rule: fixed, scope: 'global' },
  tidb_idle_transaction_timeout: both('0', natural),
  tidb_isolation_read_engines: both('tikv,tiflash,tidb', text),
  tidb_mem_quota_query: both('1073741824', natural),
  tidb_multi_statement_mode: both('OFF', fixed),
  tidb_retry_limit: both('10', natural),
  tidb_snapshot: { value: '', rule: text, scope: 'session' },
  // The sandbox has no pessimistic locking; transactions are optimistic and say so.
  tidb_txn_mode: both('optimistic', fixed),
  time_zone: both('SYSTEM', text),
  transaction_isolation: both('REPEATABLE-READ', fixed),
  transaction_read_only: both('OFF', fixed),
  tx_isolation: both('REPEATABLE-READ', fixed),
  tx_read_only: both('OFF', fixed),
  unique_checks: both('ON', boolean),
  version: { value: '', rule: readOnly, scope: 'global' },
  version_comment: { value: '', rule: readOnly, scope: 'global' },
  version_compile_machine: { value: process.arch, rule: readOnly, scope: 'global' },
  version_compile_os: { value: process.platform, rule: readOnly, scope: 'global' },
  wait_timeout: both('28800', natural),
};

/** SQL modes that change how statements are parsed or how strictly values are checked; the sandbox supports only the defaults. */
const unsupportedModes = ['ANSI_QUOTES', 'ANSI', 'NO_BACKSLASH_ESCAPES', 'PIPES_AS_CONCAT', 'HIGH_NOT_PRECEDENCE'];
const requiredModes = ['STRICT_TRANS_TABLES', 'STRICT_ALL_TABLES', 'TRADITIONAL'];
const supportedCharsets = new Set(['utf8mb4', 'utf8', 'utf8mb3']);

/** Variables that are newer than the oldest release. */
const laterVariables: Readonly<Record<string, Feature>> = { tidb_idle_transaction_timeout: 'idleTransactionTimeout' };

export function variableNames(version: TidbVersion): string[] {
  return Object.keys(definitions).filter((name) => isIn(version, name));
}

/** Whether sessions have no value of their own. */
export function isGlobal(name: string): boolean {
  return definitionOf(name).scope === 'global';
}

/** Throws 1193 for a variable that the release lacks. */
export function requireVariable(name: string, version: TidbVersion): void {
  if (!isIn(version, name)) throw unknownVariable(name);
  definitionOf(name);
}

function isIn(version: TidbVersion, name: string): boolean {
  const feature = Object.hasOwn(laterVariables, name) ? laterVariables[name] : undefined;
  return feature === undefined || hasFeature(version, feature);
}

function definitionOf(name: string): VariableDefinition {
  const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  if (!definition) throw unknownVariable(name);
  return definition;
}

/** The type of `SELECT @@name`. */
export function variableType(name: string): ColumnType {
  const { rule, value } = definitionOf(name);
  // TiDB computes these on request, as text (GetSession of the variable).
  if (name === 'tidb_current_ts') return { kind: 'varchar', length: 1024 };
  const isNumber = rule.kind === 'boolean' || rule.kind === 'integer' || /^\d+$/.test(value) || name === 'port';
  if (isNumber)
    return { kind: 'integer', width: 'bigint', unsigned: name.startsWith('sql_select_limit'), boolean: false };
  if (rule.kind === 'fixed' && (value === 'ON' || value === 'OFF')) {
    return { kind: 'integer', width: 'bigint', unsigned: false, boolean: false };
  }
  return { kind: 'varchar', length: 1024 };
}

/** The values of one scope; a session inherits the cluster's values of the time at which it began. */
export class Variables {
  readonly #values: Map<string, string>;

  constructor(initial: ReadonlyMap<string, string> = new Map()) {
    this.#values = new Map(initial);
  }

  get(name: string): string {
    const { value } = definitionOf(name);
    return this.#values.get(name) ?? value;
  }

  /** Sets a value without checks, for what the server itself knows. */
  assign(name: string, value: string): void {
    this.#values.set(name, value);
  }

  /** Throws 1105, 1229, 1231, 1232 or 1238 as TiDB does; `undefined` is DEFAULT. */
  set(name: string, scope: 'session' | 'global', value: string | undefined): void {
    const definition = definitionOf(name);
    if (definition.rule.kind === 'readOnly') {
      throw new SqlError(1238, `Variable '${name}' is a read only variable`);
    }
    if (definition.scope === 'global' && scope === 'session') {
      throw new SqlError(1229, `Variable '${name}' is a GLOBAL variable and should be set with SET GLOBAL`);
    }
    if (definition.scope === 'session' && scope === 'global') {
      throw new SqlError(1228, `Variable '${name}' is a SESSION variable and can't be used with SET GLOBAL`);
    }
    this.#values.set(name, checked(name, definition, value ?? definition.value));
  }

  snapshot(): ReadonlyMap<string, string> {
    return this.#values;
  }
}

function checked(name: string, { rule, value: initial }: VariableDefinition, value: string): string {
  switch (rule.kind) {
    case 'boolean':
      return booleanText(name, value);
    case 'fixed': {
      const isBoolean = initial === 'ON' || initial === 'OFF';
      const normal = isBoolean ? booleanText(name, value) : value;
      if (normal.toLowerCase() !== initial.toLowerCase()) throw notSupported(`SET ${name} = '${value}'`);
      return initial;
    }
    case 'integer': {
      if (!/^-?\d+$/.test(value)) throw new SqlError(1232, `Incorrect argument type to variable '${name}'`);
      return BigInt(value) < rule.min ? rule.min.toString() : value;
    }
    default:
      return checkedText(name, value);
  }
}

function booleanText(name: string, value: string): string {
  if (['1', 'ON', 'TRUE'].includes(value.toUpperCase())) return 'ON';
  if (['0', 'OFF', 'FALSE'].includes(value.toUpperCase())) return 'OFF';
  throw new SqlError(1231, `Variable '${name}' can't be set to the value of '${value}'`);
}

function checkedText(name: string, value: string): string {
  if (name.startsWith('character_set_')) {
    const isBinaryResult = name === 'character_set_results' && (value === 'binary' || value === '');
    if (!supportedCharsets.has(value.toLowerCase()) && !isBinaryResult) throw notSupported(`character set ${value}`);
  }
  if (name === 'sql_mode') return checkedMode(value);
  if (name === 'time_zone') utcOffsetMinutes(value);
  if (name === 'tidb_isolation_read_engines') return checkedEngines(value);
  return value;
}

function checkedEngines(value: string): string {
  const engines = value
    .toLowerCase()
    .split(',')
    .map((engine) => engine.trim());
  if (engines.every((engine) => ['tikv', 'tiflash', 'tidb'].includes(engine))) return engines.join(',');
  throw new SqlError(1231, `Variable 'tidb_isolation_read_engines' can't be set to the value of '${value}'`);
}

function checkedMode(value: string): string {
  const modes = value.toUpperCase().split(',').filter(Boolean);
  const isStrict = modes.some((mode) => requiredModes.includes(mode));
  const unsupported = modes.find((mode) => unsupportedModes.includes(mode));
  if (!isStrict || unsupported !== undefined) throw notSupported(`sql_mode '${value}'`);
  return modes.join(',');
}

/** `SYSTEM` and `UTC` are UTC; otherwise `+hh:mm`. Throws 1298 for an invalid time zone, 1105 for a named one. */
export function utcOffsetMinutes(timeZone: string): number {
  if (/^(SYSTEM|UTC)$/i.test(timeZone)) return 0;
  const match = /^([+-])(\d{1,2}):([0-5]\d)$/.exec(timeZone);
  if (!match) {
    if (/^[A-Za-z_]+\/[A-Za-z_/+-]+$/.test(timeZone)) throw notSupported(`named time zone '${timeZone}'`);
    throw new SqlError(1298, `Unknown or incorrect time zone: '${timeZone}'`);
  }
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  const offset = match[1] === '-' ? -minutes : minutes;
  if (offset < -(12 * 60 + 59) || offset > 14 * 60) {
    throw new SqlError(1298, `Unknown or incorrect time zone: '${timeZone}'`);
  }
  return offset;
}
