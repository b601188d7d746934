import { createHash } from 'node:crypto';
import * as z from 'zod/mini';

/** What RESTORE may change of a table, and does not say (its rows stay as they are). */
export const tableSettings = z.object({
  /** Rows are removed when their time to live is over. */
  ttl: z.optional(z.boolean()),
  cached: z.optional(z.boolean()),
  placementPolicy: z.optional(z.string()),
  tiflashReplicas: z.optional(z.number()),
});
export type TableSettings = z.infer<typeof tableSettings>;

interface TableDefinition {
  /** Equal for definitions that are, apart from the settings and from what only counts. */
  hash: string;
  isTemporary: boolean;
  settings: TableSettings;
}

/** Comments first, as they may hold quotes; then strings and names, which are never looked into. */
const PIECES = /\/\*.*?\*\/|'(?:[^'\\]|''|\\.)*'|`(?:[^`]|``)*`|[^/'`]+|\//gs;

const PLACEMENT = /^\/\*T!\[placement\] PLACEMENT POLICY=`((?:[^`]|``)*)` \*\/$/;
const TTL_ENABLE = /^\/\*T!\[ttl\] TTL_ENABLE='(\w+)' \*\/$/;
const CACHED = '/* CACHED ON */';
/** Counters of ids, which no restore has to keep: it sets them beyond what is in use. */
const COUNTER_COMMENT = /^\/\*T!\[auto_rand_base\] /;
const COUNTER = / AUTO_INCREMENT=\d+/g;
/** Shown up to TiDB 8.4 alone; without a meaning but for `tinyint(1)`, which is how BOOLEAN is shown. */
const DISPLAY_WIDTH = /\b(tinyint(?!\(1\))|smallint|mediumint|int|bigint)\(\d+\)/g;

/** Takes a definition apart, as SHOW CREATE TABLE or SHOW CREATE SEQUENCE writes it. */
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

/** Of the parts that make a definition, in their order. */
export function hashOf(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** What a restore has changed of a table, in words. */
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
