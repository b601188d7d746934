import { formatDecimal, parseDecimal } from './decimal.ts';

/** TiDB prints doubles plainly between these magnitudes and with an exponent outside (pkg/types/convert.go). */
const EXPONENT_FROM = 1e15;
const EXPONENT_BELOW = 1e-15;
/** Enough digits to distinguish any two 32-bit floats. */
const FLOAT_DIGITS = 9;

/** The shortest text that reads back as the same double. */
export function formatDouble(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= EXPONENT_FROM || magnitude < EXPONENT_BELOW)) {
    return value.toExponential().replace('e+', 'e');
  }
  return plainText(value);
}

/** The shortest text that reads back as the same 32-bit float. */
export function formatFloat(value: number): string {
  return formatDouble(shortestFloat(value));
}

/** Within an expression, TiDB and TiKV print numbers without an exponent (builtinCastRealAsStringSig). */
export function plainText(value: number): string {
  const decimal = parseDecimal(String(value));
  return decimal ? formatDecimal(decimal) : String(value);
}

/** Within an expression, TiFlash prints an exponent from 1e21 on and below 1e-6. */
export function tiflashText(value: number): string {
  return String(value).replace('e+', 'e');
}

/** The double with the fewest digits that is stored as the same 32-bit float. */
export function shortestFloat(value: number): number {
  for (let digits = 1; digits < FLOAT_DIGITS; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return Number(value.toPrecision(FLOAT_DIGITS));
}
