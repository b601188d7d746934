import { createHash } from 'node:crypto';
import * as z from 'zod/mini';

/** What RESTORE may silently change in a table (its rows stay the same). */
export const tableSettings = z.object({
  /** Expired rows are removed. */
  ttl: z.optional(z.boolean()),
  cached: z.optional(z.boolean()),
  placementPolicy: z.optional(z.string()),
  tiflashReplicas: z.optional(z.number()),
});
export type TableSettings = z.infer<typeof tableSettings>;

interface TableDefinition {
  /** Equal for equal definitions, ignoring the settings and counters. */
  hash: string;
  isTemporary: boolean;
  settings: TableSettings;
}

/** Comments first, because they may contain quotes; then strings and names, which are opaque. */
const PIECES = /\/\*.*?\*\/|'(?:[^'\\]|''|\\.)*'|`(?:[^`]|``)*`|[^/'`]+|\//gs;

const PLACEMENT = /^\/\*T!\[placement\] PLACEMENT POLICY=`((?:[^`]|``)*)` \*\/$/;
const TTL_ENABLE = /^\/\*T!\[ttl\] TTL_ENABLE='(\w+)' \*\/$/;
const CACHED = '/* CACHED ON */';
/** Id counters, which a restore need not preserve: it sets them beyond the used range. */
const COUNTER_COMMENT = /^\/\*T!\[auto_rand_base\] /;
const COUNTER = / AUTO_INCREMENT=\d+/g;
/** Shown only up to TiDB 8.4; meaningless except in `tinyint(1)`, which is how BOOLEAN is shown. */
const DISPLAY_WIDTH = /\b(tinyint(?!\(1\))|smallint|mediumint|int|bigint)\(\d+\)/g;

/** Parses a definition, as SHOW CREATE TABLE or SHOW CREATE SEQUENCE writes it. */
export function tableDefinition(text: string): TableDefinition {
  const settings: TableSettings = {};
  const kept = (text.match(PIECES) ?? []).map((piece) => {
    if (piece.startsWith("'") || piece.startsWith('`')) return piece;
    const [, policy] = PLACEMENT.exec(piece) ?? [];
    const [, ttl] = TTL_ENABLE.exec(piece) ?? [];
    if (policy !== undefined) settings.placementPolicy ??= policy.replaceAll('``', '`');
    else if (ttl !== undefined) settings.ttl = ttl === 'ON';
    else if (piece === CACHED) settings.cached = true;
    else if (!COUNTER_COMMENT.test(piece)) return piece.replace(COUNTER, '').replace(DISPLAY_WIDTH, '$1');
    return '';
  });
  return {
    hash: hashOf(kept.join('').replace(/ +/g, ' ').trim()),
    isTemporary: text.startsWith('CREATE GLOBAL TEMPORARY TABLE'),
    settings,
  };
}

/** Hash of the parts of a definition, in order. */
export function hashOf(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** What a restore changed in a table, in words. */
export function changedSettings(noted: TableSettings, restored: TableSettings): string[] {
  const [before = 0, after = 0] = [noted.tiflashReplicas, restored.tiflashReplicas];
  const policy = restored.placementPolicy;
  return [
    ...(noted.ttl && !restored.ttl ? ['its TTL is off (TTL_ENABLE)'] : []),
    ...(before === after ? [] : [`it has ${after} TiFlash replicas instead of ${before}`]),
    ...(noted.cached && !restored.cached ? ['it is not cached'] : []),
    ...(noted.placementPolicy === policy ? [] : [`it has ${policy === undefined ? 'no' : 'another'} placement policy`]),
  ];
}
