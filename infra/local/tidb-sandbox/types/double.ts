import { formatDecimal, parseDecimal } from './decimal.ts';

/** TiDB writes doubles plainly between these magnitudes and with an exponent outside (pkg/types/convert.go). */
const EXPONENT_FROM = 1e15;
const EXPONENT_BELOW = 1e-15;
/** Digits that tell any two 32-bit floats apart. */
const FLOAT_DIGITS = 9;

/** The shortest text that reads back as the same double. */
export function formatDouble(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= EXPONENT_FROM || magnitude < EXPONENT_BELOW)) {
    return value.toExponential().replace('e+', 'e');
  }
  const decimal = parseDecimal(String(value));
  return decimal ? formatDecimal(decimal) : String(value);
}

/** The shortest text that reads back as the same 32-bit float. */
export function formatFloat(value: number): string {
  for (let digits = 1; digits < FLOAT_DIGITS; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return formatDouble(shorter);
  }
  return formatDouble(Number(value.toPrecision(FLOAT_DIGITS)));
}
