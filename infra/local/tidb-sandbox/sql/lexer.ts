import { syntaxError } from './errors.ts';

/**
 * - `word`: a keyword or an unquoted identifier (`text` as written); `quoted`: a backquoted identifier.
 * - `string`: a quoted literal, unescaped. `bytes`: `x'4D'`, `0x4D`, `b'01'`, `0b01`; `text` is hexadecimal, whole bytes.
 * - `integer`, `decimal`, `float`: unsigned, as written.
 * - `userVariable`: `@name`, and the host of `'user'@'host'`. `systemVariable`: `@@global.name`, without the `@@`.
 * - `symbol`: operators and punctuation. `end`: behind the last token.
 */
type TokenKind =
  | 'word'
  | 'quoted'
  | 'string'
  | 'bytes'
  | 'integer'
  | 'decimal'
  | 'float'
  | 'userVariable'
  | 'systemVariable'
  | 'symbol'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Position of the token in the statement; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

const space = /\s+/y;
/** `--` is a comment only before whitespace or the end (MySQL); `#` always is. */
const lineComment = /(?:#|--(?=\s|$))[^\n]*/y;
/** `/*!40101 … *\/` and `/*T![feature] … *\/`: their content is executed. */
const executedComment = /\/\*(?:!\d*|T!(?:\[([\w,]*)\])?)/y;
const number = /(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?/y;
/** Identifiers may begin with a digit (`1a`) and hold any character beyond ASCII. */
const word = /[A-Za-z0-9_$\u0080-\uffff]+/y;
const variableName = /[A-Za-z0-9_.$\u0080-\uffff]+/y;
const hexadecimal = /[xX]'([0-9a-fA-F]*)'|0x([0-9a-fA-F]+)(?![A-Za-z0-9_$])/y;
const binary = /[bB]'([01]*)'|0b([01]+)(?![A-Za-z0-9_$])/y;
const backquoted = /`((?:[^`]|``)+)`/y;
const withinSingleQuotes = /[^'\\]+/y;
const withinDoubleQuotes = /[^"\\]+/y;
const symbol = /<=>|->>|<<|>>|<=|>=|<>|!=|:=|&&|\|\||->|[-+*/%^&|~!()[\]{},;.=<>?:]/y;

/** TiDB executes `/*T![x] … *\/` only for features it knows (pkg/parser/tidb/features.go). */
const features = new Set([
  'auto_rand',
  'auto_id_cache',
  'auto_rand_base',
  'clustered_index',
  'force_inc',
  'placement',
  'ttl',
  'global_index',
  'pre_split',
  'resource_group',
]);

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\x1a',
  // A LIKE pattern still needs these escapes, so MySQL keeps the backslash.
  '%': '\\%',
  _: '\\_',
};

/**
 * MySQL's lexical rules in TiDB's default SQL mode (`"` quotes strings, `\` escapes). The last token is always `end`. Throws 1064 for an
 * invalid token: an unclosed string, comment or identifier.
 */
export function tokenize(sql: string): Token[] {
  return new Lexer(sql).tokens();
}

class Lexer {
  readonly #sql: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #inExecutedComment = false;

  constructor(sql: string) {
    this.#sql = sql;
  }

  tokens(): Token[] {
    while (this.#skipBlank()) this.#readToken();
    this.#push('end', '', this.#at);
    return this.#tokens;
  }

  /** Skips whitespace and comments; returns false at the end of the statement. */
  #skipBlank(): boolean {
    for (;;) {
      if (this.#match(space) || this.#match(lineComment)) continue;
      if (this.#inExecutedComment && this.#sql.startsWith('*/', this.#at)) {
        this.#inExecutedComment = false;
        this.#at += 2;
        continue;
      }
      if (!this.#sql.startsWith('/*', this.#at)) break;
      const executed = this.#match(executedComment);
      if (executed && (executed[1] ?? '').split(',').every((name) => name === '' || features.has(name))) {
        this.#inExecutedComment = true;
        continue;
      }
      const close = this.#sql.indexOf('*/', this.#at + (executed ? 0 : 2));
      if (close < 0) throw this.#unclosed(executed ? this.#at - executed[0].length : this.#at);
      this.#at = close + 2;
    }
    if (this.#at < this.#sql.length) return true;
    if (this.#inExecutedComment) throw this.#unclosed(this.#at);
    return false;
  }

  #readToken(): void {
    const start = this.#at;
    const first = this.#sql.charCodeAt(start);
    if (first === 0x27 || first === 0x22) {
      this.#push('string', this.#readString(), start);
    } else if (first === 0x60) {
      this.#push('quoted', this.#readBackquoted(), start);
    } else if (first === 0x40) {
      this.#readVariable();
    } else if (
      !(this.#isQualified() ? this.#readWord() : this.#readBytes() || this.#readNumber() || this.#readWord())
    ) {
      const text = this.#match(symbol)?.[0];
      if (text === undefined) throw syntaxError(this.#sql, { start, end: start + 1 });
      this.#push('symbol', text, start);
    }
  }

  /** `name.` is followed by a name, even one that looks like a number: `` `a`.1b ``. */
  #isQualified(): boolean {
    const dot = this.#tokens.at(-1);
    const owner = this.#tokens.at(-2);
    if (dot?.text !== '.' || dot.kind !== 'symbol' || dot.end !== this.#at) {
      // The dot itself: `t.5` is a column, `t .5` is not.
      const isName = dot?.kind === 'word' || dot?.kind === 'quoted';
      return isName && dot.end === this.#at && this.#sql[this.#at] === '.';
    }
    return owner?.kind === 'word' || owner?.kind === 'quoted';
  }

  #readWord(): boolean {
    const start = this.#at;
    const text = this.#match(word)?.[0];
    if (text === undefined) return false;
    this.#push('word', text, start);
    return true;
  }

  #readNumber(): boolean {
    const start = this.#at;
    const text = this.#match(number)?.[0];
    if (text === undefined) return false;
    word.lastIndex = this.#at;
    if (word.test(this.#sql) && /^\w+$/.test(text)) {
      this.#at = start;
      return false;
    }
    const kind = /[eE]/.test(text) ? 'float' : text.includes('.') ? 'decimal' : 'integer';
    this.#push(kind, text, start);
    return true;
  }

  #readBytes(): boolean {
    const start = this.#at;
    const hex = this.#match(hexadecimal);
    if (hex) {
      const digits = hex[1] ?? hex[2] ?? '';
      // x'ABC' is an error, 0xABC is padded (MySQL, hexadecimal literals).
      if (hex[1] !== undefined && digits.length % 2 === 1) throw syntaxError(this.#sql, { start, end: this.#at });
      this.#push('bytes', digits.length % 2 === 1 ? `0${digits}` : digits, start);
      return true;
    }
    const bits = this.#match(binary);
    if (!bits) return false;
    const digits = bits[1] ?? bits[2] ?? '';
    const bytes = Math.ceil(digits.length / 8);
    this.#push(
      'bytes',
      digits === ''
        ? ''
        : BigInt(`0b${digits}`)
            .toString(16)
            .padStart(bytes * 2, '0'),
      start,
    );
    return true;
  }

  #readVariable(): void {
    const start = this.#at;
    const isSystem = this.#sql.startsWith('@@', start);
    this.#at += isSystem ? 2 : 1;
    const quote = this.#sql[this.#at];
    const kind = isSystem ? 'systemVariable' : 'userVariable';
    if (!isSystem && (quote === "'" || quote === '"')) {
      this.#push(kind, this.#readString(), start);
    } else if (quote === '`') {
      this.#push(kind, this.#readBackquoted(), start);
    } else {
      const name = this.#match(variableName)?.[0] ?? '';
      if (isSystem && name === '') throw syntaxError(this.#sql, { start, end: this.#at });
      this.#push(kind, name, start);
    }
  }

  #readString(): string {
    const start = this.#at;
    const quote = this.#sql[start];
    const plain = quote === "'" ? withinSingleQuotes : withinDoubleQuotes;
    let value = '';
    this.#at += 1;
    for (;;) {
      value += this.#match(plain)?.[0] ?? '';
      const stop = this.#sql[this.#at];
      const next = this.#sql[this.#at + 1];
      if (stop === undefined || (stop === '\\' && next === undefined)) throw this.#unclosed(start);
      if (stop === '\\') {
        value += escapes[next ?? ''] ?? next;
      } else if (next === quote) {
        value += quote;
      } else {
        this.#at += 1;
        return value;
      }
      this.#at += 2;
    }
  }

  #readBackquoted(): string {
    const start = this.#at;
    const text = this.#match(backquoted)?.[1];
    if (text === undefined) throw this.#unclosed(start);
    return text.replaceAll('``', '`');
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#sql);
    if (found === null || found[0] === '') return null;
    this.#at += found[0].length;
    return found;
  }

  #push(kind: TokenKind, text: string, start: number): void {
    this.#tokens.push({ kind, text, start, end: this.#at });
  }

  #unclosed(start: number) {
    return syntaxError(this.#sql, { start, end: this.#sql.length });
  }
}
