import type { AccountName, TableName } from './ast.ts';
import { isReserved } from './reserved-words.ts';
import { TokenCursor } from './token-cursor.ts';

/** What all statement parsers read besides keywords: names, lists, accounts. */
export class StatementCursor extends TokenCursor {
  /** Number of `?` read so far. */
  parameters = 0;

  /** An identifier; an unquoted reserved word is a syntax error, except after a dot. */
  identifier(): string {
    const token = this.peek();
    if (token.kind === 'word' && isReserved(token.text)) throw this.unexpected();
    return this.expectName();
  }

  atIdentifier(): boolean {
    const token = this.peek();
    return token.kind === 'quoted' || (token.kind === 'word' && !isReserved(token.text));
  }

  tableName(): TableName {
    const name = this.identifier();
    return this.acceptSymbol('.') ? { database: name, name: this.expectName() } : { name };
  }

  list<Item>(item: () => Item): Item[] {
    const items = [item()];
    while (this.acceptSymbol(',')) items.push(item());
    return items;
  }

  parenthesized<Item>(item: () => Item): Item {
    this.expectSymbol('(');
    const inner = item();
    this.expectSymbol(')');
    return inner;
  }

  /** `'user'@'host'`, `user`; the host defaults to `%`. */
  account(): AccountName {
    if (this.acceptWords('CURRENT_USER')) {
      if (this.acceptSymbol('(')) this.expectSymbol(')');
      return { user: '', host: '' };
    }
    const user = this.peek().kind === 'string' ? this.next().text : this.identifier();
    if (this.peek().kind !== 'userVariable') return { user, host: '%' };
    return { user, host: this.next().text };
  }

  /** The `WORD [=]` of a table option; consumes it if it is next. */
  acceptOption(...words: string[]): boolean {
    if (!this.acceptWords(...words)) return false;
    this.acceptSymbol('=');
    return true;
  }

  word(): string {
    const token = this.peek();
    if (token.kind !== 'word') throw this.unexpected();
    return this.next().text.toUpperCase();
  }
}
