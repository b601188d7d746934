import { SqlError } from '../sql/errors.ts';
import { plainText, shortestFloat } from './double.ts';

const MAX_DIMENSIONS = 16_383;

/** `[1, 2.5]` as TiDB prints a VECTOR; throws its 1105 for an invalid one or another number of dimensions. */
export function normalizeVector(text: string, dimensions: number | undefined): string {
  const numbers = numbersOf(text);
  if (!numbers) throw new SqlError(1105, `Invalid vector text: ${text}`);
  if (numbers.length > MAX_DIMENSIONS) {
    throw new SqlError(1105, `vector cannot have more than ${MAX_DIMENSIONS} dimensions`);
  }
  if (dimensions !== undefined && numbers.length !== dimensions) {
    throw new SqlError(1105, `vector has ${numbers.length} dimensions, does not fit VECTOR(${dimensions})`);
  }
  return `[${numbers.map((number) => plainText(shortestFloat(Math.fround(number)))).join(',')}]`;
}

function numbersOf(text: string): number[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const isVector = Array.isArray(parsed) && parsed.every((each) => typeof each === 'number');
    return isVector && parsed.every((each) => Number.isFinite(Math.fround(each))) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
