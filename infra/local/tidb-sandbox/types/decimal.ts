/** Exact decimal numbers as MySQL writes them (`-12.50`); computed as an integer and a count of fraction digits. */
export interface Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

const pattern = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*$/;

/** `undefined` if the whole text is not a number. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = pattern.exec(text);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (!match || whole + fraction === '' || exponent.length > 5) return undefined;
  const digits = BigInt(whole + fraction);
  const scale = fraction.length - Number(exponent);
  const value = sign === '-' ? -digits : digits;
  return scale >= 0 ? { unscaled: value, scale } : { unscaled: value * 10n ** BigInt(-scale), scale: 0 };
}

export function formatDecimal({ unscaled: value, scale }: Decimal): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const sign = value < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Rounds half away from zero, as MySQL does. */
export function rescale(value: Decimal, scale: number): Decimal {
  if (scale >= value.scale) return { unscaled: value.unscaled * 10n ** BigInt(scale - value.scale), scale };
  return { unscaled: divideRounded(value.unscaled, 10n ** BigInt(value.scale - scale)), scale };
}

export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const magnitude = (abs(dividend) * 2n + abs(divisor)) / (abs(divisor) * 2n);
  return dividend < 0n === divisor < 0n ? magnitude : -magnitude;
}

export function compareDecimals(left: Decimal, right: Decimal): number {
  const scale = Math.max(left.scale, right.scale);
  const [a, b] = [rescale(left, scale).unscaled, rescale(right, scale).unscaled];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A decimal text with at most `scale` fraction digits, as an integer times 10^scale. */
export function unscaled(text: string, scale: number): bigint {
  const value = parseDecimal(text);
  if (!value) throw new Error(`not a decimal: ${text}`);
  return rescale(value, scale).unscaled;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
