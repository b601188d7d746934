import { quoteInput, ServiceError } from '../../domain/shared/errors.ts';

/** Deeper than any request nests, and shallow enough for whatever walks a value by recursion. */
const MAX_NESTING = 40;

/** The least number that DynamoDB holds, but for zero. */
const MIN_MAGNITUDE = 1e-130;

/** Objects of JavaScript cannot hold them as they hold other names. */
const RESERVED_NAMES = new Set(['__proto__', 'constructor']);

/**
 * The value of a body, which is JSON that every part of the service keeps as it was sent.
 * @throws ServiceError 10001 it is no JSON, or JSON allows what it holds and a store or a program would change it; names the field
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

/** An object or list whose end is still to come. */
interface Open {
  /** Of an object: the names so far. */
  names?: Set<string>;
  /** Name or index of the value that is being read. */
  at: string | number;
}

/** Of JSON that is well-formed: strings, numbers, brackets and commas. */
const TOKEN = /"(?:[^"\\]+|\\.)*"|-?\d[\d.eE+-]*|[{}[\],]/g;

/** Reads the text itself: of a number that has been parsed nobody can tell what it was. */
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
          if (RESERVED_NAMES.has(string)) refuse('must have another name, which programs can keep');
          if (current.names.has(string)) refuse('must be given once');
          current.names.add(string);
        }
        if (!string.isWellFormed()) refuse('must be well-formed Unicode');
        isName = false;
        break;
      }
      default:
        if (!isKeptExactly(token)) {
          refuse(
            'must be a number between ±(2^53 - 1) that a double holds exactly, and no nearer to 0 than 1e-130; send others as text',
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

/** The same text for the same value: `1.50` and `15e-1` are `15e-1`. */
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

/** As it is, if it reads like the name of a field; else quoted, as it is the sender's. */
export function shownName(name: string | number): string {
  return typeof name === 'number' || /^[A-Za-z]\w{0,39}$/.test(name) ? String(name) : quoteInput(name);
}
