import { quoteInput, ServiceError } from '../../domain/shared/errors.ts';

/** Deeper than any request, but shallow enough for recursion. */
const MAX_NESTING = 40;

/** The smallest nonzero number that DynamoDB can store. */
const MIN_MAGNITUDE = 1e-130;

/** JavaScript objects cannot hold these like other names. */
const RESERVED_NAMES = new Set(['__proto__', 'constructor']);

/**
 * Parses a body as JSON that every part of the service can keep unchanged.
 * @throws ServiceError 10001 it is not JSON, or it is valid JSON that a store or a program would change; names the
 * field
 */
export function parseJsonBody(text: string): unknown {
  const value = parsed(text);
  refuseWhatWouldChange(text);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ServiceError('TIEM_PARAMETER_INVALID', 'body: must be JSON', { cause: error });
  }
}

/** An object or list that is still open. */
interface Open {
  /** The names so far, in an object. */
  names?: Set<string>;
  /** Name or index of the value being read. */
  at: string | number;
}

/** Tokens of well-formed JSON: strings, numbers, brackets and commas. */
const TOKEN = /"(?:[^"\\]+|\\.)*"|-?\d[\d.eE+-]*|[{}[\],]/g;

/** Works on the text, because a parsed number has lost its original digits. */
function refuseWhatWouldChange(text: string): void {
  const open: Open[] = [];
  let isName = false;
  const refuse = (must: string): never => {
    throw new ServiceError('TIEM_PARAMETER_INVALID', `${pathOf(open)}: ${must}`);
  };
  for (const [token] of text.matchAll(TOKEN)) {
    const current = open.at(-1);
    switch (token[0]) {
      case '{':
      case '[':
        if (open.length === MAX_NESTING) refuse(`must not nest deeper than ${MAX_NESTING} levels`);
        open.push(token === '{' ? { names: new Set(), at: '' } : { at: 0 });
        isName = token === '{';
        break;
      case '}':
      case ']':
        open.pop();
        isName = false;
        break;
      case ',':
        if (typeof current?.at === 'number') current.at += 1;
        isName = current?.names !== undefined;
        break;
      case '"': {
        const string = String(JSON.parse(token));
        if (isName && current?.names !== undefined) {
          current.at = string;
          if (RESERVED_NAMES.has(string)) refuse('must have another name, because programs cannot store this one');
          if (current.names.has(string)) refuse('must not be given twice');
          current.names.add(string);
        }
        if (!string.isWellFormed()) refuse('must be well-formed Unicode');
        isName = false;
        break;
      }
      default:
        if (!isKeptExactly(token)) {
          refuse(
            'must be a number between ±(2^53 - 1) that a double holds exactly, and no closer to 0 than 1e-130; send others as text',
          );
        }
    }
  }
}

function isKeptExactly(source: string): boolean {
  const number = Number(source);
  const magnitude = Math.abs(number);
  if (magnitude > Number.MAX_SAFE_INTEGER || (number !== 0 && magnitude < MIN_MAGNITUDE)) return false;
  return decimal(source) === decimal(String(number));
}

/** A canonical text of a number: `1.50` and `15e-1` are `15e-1`. */
function decimal(source: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

const SHOWN_LEVELS = 6;

function pathOf(open: readonly Open[]): string {
  const path = open.slice(0, SHOWN_LEVELS).map(({ at }) => shownName(at));
  return path.length === 0 ? 'body' : path.join('.');
}

/** Unchanged if it looks like a field name; otherwise quoted, because it is the sender's input. */
export function shownName(name: string | number): string {
  return typeof name === 'number' || /^[A-Za-z]\w{0,39}$/.test(name) ? String(name) : quoteInput(name);
}
