import { SqlError } from '../sql/errors.ts';

/** A number as written: a JavaScript number would lose digits of 64-bit integers. */
class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type SourceReviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
/** Node's JSON.parse passes the source text of each primitive to the reviver; the type definitions lack that. */
const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => unknown;

const MIN_SIGNED = -(1n << 63n);
const MAX_UNSIGNED = (1n << 64n) - 1n;

/** JSON text as TiDB prints it: keys sorted by bytes, `, ` and `: ` as separators, 64-bit integers exact. Throws 3140 for invalid JSON. */
export function normalizeJson(text: string): string {
  return print(parseExactly(text));
}

function parseExactly(text: string): unknown {
  try {
    return parseWithSource(text, (_key, value, { source }) =>
      typeof value === 'number' && source !== undefined ? new NumberText(source) : value,
    );
  } catch (error) {
    throw new SqlError(3140, `Invalid JSON text: ${error instanceof Error ? error.message : 'unknown'}`, {
      cause: error,
    });
  }
}

function print(value: unknown): string {
  if (value instanceof NumberText) return printNumber(value.text);
  if (Array.isArray(value)) return `[${value.map(print).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .map(([key, member]) => ({ bytes: Buffer.from(key), text: `${JSON.stringify(key)}: ${print(member)}` }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  return `{${members.map((member) => member.text).join(', ')}}`;
}

function printNumber(text: string): string {
  if (/^-?\d+$/.test(text)) {
    const integer = BigInt(text);
    if (integer >= MIN_SIGNED && integer <= MAX_UNSIGNED) return integer.toString();
  }
  const double = Number(text);
  if (!Number.isFinite(double)) throw new SqlError(3140, 'Invalid JSON text: number out of range');
  return String(double);
}
