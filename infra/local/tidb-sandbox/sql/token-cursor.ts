import { type SqlError, syntaxError } from './errors.ts';
import { type Token, tokenize } from './lexer.ts';

/** Input of a recursive-descent parser: one statement's tokens, a position, and TiDB's 1064 for a token that does not fit. */
export class TokenCursor {
  readonly sql: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(sql: string, tokens: readonly Token[] = tokenize(sql)) {
    this.sql = sql;
    this.#tokens = tokens;
  }

  /** The token `ahead` places further, without consuming it; always the `end` token beyond the end. */
  peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)];
    if (token === undefined) throw new Error('a statement has at least its end token');
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** Where the last consumed token ends in the statement. */
  get consumedUpTo(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  /** Whether the next tokens are these keywords, in any case; a backquoted name is never a keyword. */
  atWords(...words: string[]): boolean {
    return words.every((word, ahead) => isWord(this.peek(ahead), word));
  }

  /** Consumes the keywords if all of them are next. */
  acceptWords(...words: string[]): boolean {
    if (!this.atWords(...words)) return false;
    this.#at += words.length;
    return true;
  }

  expectWords(...words: string[]): void {
    for (const word of words) if (!this.acceptWords(word)) throw this.unexpected();
  }

  /** Consumes the first of these keywords that is next and returns it as spelled here. */
  acceptOneOf<const Word extends string>(...words: Word[]): Word | undefined {
    return words.find((word) => this.acceptWords(word));
  }

  atSymbol(symbol: string): boolean {
    const token = this.peek();
    return token.kind === 'symbol' && token.text === symbol;
  }

  acceptSymbol(symbol: string): boolean {
    if (!this.atSymbol(symbol)) return false;
    this.#at += 1;
    return true;
  }

  expectSymbol(symbol: string): void {
    if (!this.acceptSymbol(symbol)) throw this.unexpected();
  }

  expectName(): string {
    const token = this.peek();
    if (token.kind !== 'word' && token.kind !== 'quoted') throw this.unexpected();
    return this.next().text;
  }

  expectString(): string {
    if (this.peek().kind !== 'string') throw this.unexpected();
    return this.next().text;
  }

  expectInteger(): bigint {
    if (this.peek().kind !== 'integer') throw this.unexpected();
    return BigInt(this.next().text);
  }

  /** Expects the end of the statement, with or without `;`. */
  expectEnd(): void {
    this.acceptSymbol(';');
    if (this.peek().kind !== 'end') throw this.unexpected();
  }

  unexpected(token: Token = this.peek()): SqlError {
    return syntaxError(this.sql, token);
  }
}

function isWord(token: Token, word: string): boolean {
  return token.kind === 'word' && token.text.toUpperCase() === word;
}
