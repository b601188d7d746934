import type { Setting } from '../sql/ast.ts';
import { accessDenied, notSupported, SqlError } from '../sql/errors.ts';
import { assertNever } from '../storage/cell.ts';
import { millisFromTso } from '../storage/tso.ts';
import { formatDatetime } from '../types/temporal.ts';
import { compile, type Scope } from './compile.ts';
import { parseFaults } from './faults.ts';
import { alterUsers } from './grants.ts';
import type { Session } from './session.ts';
import { noColumns } from './table-source.ts';
import { requireVariable } from './variables.ts';

const collations = new Set([
  'utf8mb4_bin',
  'utf8mb4_general_ci',
  'utf8mb4_unicode_ci',
  'utf8mb4_0900_ai_ci',
  'utf8mb4_0900_bin',
]);
/** TiDB's minimum `tidb_gc_life_time`. */
const MIN_GC_LIFE_MILLIS = 10 * 60_000;
const goUnits: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

export function executeSettings(settings: readonly Setting[], statement: Pick<Scope, 'session' | 'parameters'>): void {
  for (const setting of settings) applySetting(setting, { ...statement, column: noColumns });
}

function applySetting(setting: Setting, scope: Scope): void {
  const { session } = scope;
  switch (setting.kind) {
    case 'names':
      setNames(setting.charset ?? 'utf8mb4', setting.collation, session);
      break;
    case 'user': {
      const { type, evaluate } = compile(setting.value, scope);
      session.userVariables.set(setting.name, { type, cell: evaluate([]) });
      break;
    }
    case 'password':
      alterUsers(
        { accounts: [{ account: setting.account ?? session.account, password: setting.password }], options: {} },
        false,
        session,
      );
      break;
    case 'system':
      setSystem(setting, scope);
      break;
    default:
      assertNever(setting);
  }
}

function setNames(charset: string, collation: string | undefined, session: Session): void {
  if (collation !== undefined && !collations.has(collation)) throw notSupported(`collation ${collation}`);
  const names = ['character_set_client', 'character_set_connection', 'character_set_results'];
  for (const name of names) session.variables.set(name, 'session', charset);
  session.variables.set('collation_connection', 'session', collation ?? 'utf8mb4_bin');
}

function setSystem({ name, scope: where, value }: Extract<Setting, { kind: 'system' }>, scope: Scope): void {
  const { session } = scope;
  requireVariable(name, session.cluster.version);
  const text = value.kind === 'default' ? undefined : settingText(compile(value, scope).evaluate([]));
  if (where === 'global') {
    const { account } = session;
    if (!account.hasGlobal('SYSTEM_VARIABLES_ADMIN') && !account.hasGlobal('SUPER')) {
      throw accessDenied('SUPER or SYSTEM_VARIABLES_ADMIN');
    }
    if (name === 'require_secure_transport' && session.cipher === '' && /^(on|1)$/i.test(text ?? 'OFF')) {
      throw new SqlError(
        1105,
        'require_secure_transport can only be set to ON if the connection issuing the change is secure',
      );
    }
    // Checked before it is stored: an invalid list of faults changes nothing.
    const faults = name === 'sandbox_faults' ? parseFaults(text ?? '[]') : undefined;
    session.cluster.globals.set(name, 'global', text);
    if (faults) session.cluster.faults.set(faults);
    if (name === 'tidb_gc_life_time') setGcLifeTime(session);
    return;
  }
  session.variables.set(name, 'session', text);
  // Checks that the timestamp can be read.
  if (name === 'tidb_snapshot') checkSnapshot(session);
  if (name === 'autocommit' && session.variables.get('autocommit') === 'ON') session.commit();
}

function settingText(value: unknown): string {
  return value === null ? '' : String(value);
}

function checkSnapshot(session: Session): void {
  const { storage } = session.cluster;
  try {
    const ts = session.snapshotTs();
    if (ts === undefined) return;
    if (ts > storage.currentTso()) throw new SqlError(1105, 'cannot set read timestamp to a future time');
    const safePoint = storage.gcSafePoint();
    if (ts < safePoint) throw snapshotTooOld(safePoint);
  } catch (error) {
    session.variables.set('tidb_snapshot', 'session', '');
    throw error;
  }
}

function snapshotTooOld(safePoint: bigint): SqlError {
  const time = formatDatetime(BigInt(millisFromTso(safePoint)) * 1000n, 3);
  return new SqlError(8055, `snapshot is older than GC safe point ${time} +0000 UTC`);
}

function setGcLifeTime(session: Session): void {
  const { globals, storage } = session.cluster;
  const text = globals.get('tidb_gc_life_time');
  const millis = parseGoDuration(text);
  if (millis === undefined) {
    globals.set('tidb_gc_life_time', 'global', undefined);
    throw new SqlError(1232, "Incorrect argument type to variable 'tidb_gc_life_time'");
  }
  if (millis < MIN_GC_LIFE_MILLIS) {
    session.addWarning(1292, `Truncated incorrect tidb_gc_life_time value: '${text}'`);
    globals.set('tidb_gc_life_time', 'global', '10m0s');
  }
  storage.gcLifeMillis = Math.max(millis, MIN_GC_LIFE_MILLIS);
  globals.set('tidb_gc_life_time', 'global', formatGoDuration(storage.gcLifeMillis));
}

/** As Go prints it: `26h0m0s`. */
function formatGoDuration(millis: number): string {
  const seconds = (millis % 60_000) / 1000;
  const minutes = Math.floor(millis / 60_000) % 60;
  const hours = Math.floor(millis / 3_600_000);
  return `${hours > 0 ? `${hours}h` : ''}${minutes}m${seconds}s`;
}

/** `1h30m`, `10m0s`: milliseconds. */
function parseGoDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:h|ms|m|s))+$/.test(text)) return undefined;
  let millis = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)(h|ms|m|s)/g)) millis += Number(count) * (goUnits[unit] ?? 0);
  return millis;
}
