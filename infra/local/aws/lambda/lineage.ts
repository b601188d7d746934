import { createHash } from 'node:crypto';

/**
 * How often each function has been invoked in a chain. Lambda counts that in the trace header, which SDKs pass on from an
 * invocation to what it calls: `Lineage=1:a87bd80c:3`.
 * Source: Lambda guide, "Use Lambda recursive loop detection to prevent infinite loops".
 */
const LINEAGE = /Lineage=([^;]*)/;

/** Lambda stops a chain after about so many invocations of a function. */
export const MAX_INVOCATIONS_IN_CHAIN = 16;

export function invocationsIn(trace: string, arn: string): number {
  return countsIn(trace).get(idOf(arn)) ?? 0;
}

/** The trace of one more invocation of this function. */
export function withInvocation(trace: string, arn: string): string {
  const counts = countsIn(trace).set(idOf(arn), invocationsIn(trace, arn) + 1);
  return `Lineage=${[...counts].map(([id, count]) => `1:${id}:${count}`).join('|')}`;
}

function countsIn(trace: string): Map<string, number> {
  const entries = LINEAGE.exec(trace)?.[1]?.split('|') ?? [];
  return new Map(entries.map((entry) => entry.split(':')).map(([, id = '', count = '0']) => [id, Number(count)]));
}

function idOf(arn: string): string {
  return createHash('sha256').update(arn).digest('hex').slice(0, 8);
}
