const LOGICAL_BITS = 18n;

/** The time in a TSO of TiDB, in Unix milliseconds. @param tso decimal */
export function millisOf(tso: string): number {
  return Number(BigInt(tso) >> LOGICAL_BITS);
}
