import { tokenize } from './lexer.ts';

/** The statements of a text, which are separated by `;`. A text of one statement, with or without `;`, is answered as it is. */
export function splitStatements(text: string): string[] {
  if (!text.includes(';')) return [text];
  const statements: string[] = [];
  let start = 0;
  let isEmpty = true;
  for (const token of tokenize(text)) {
    const isSeparator = token.kind === 'symbol' && token.text === ';';
    if ((isSeparator || token.kind === 'end') && !isEmpty) statements.push(text.slice(start, token.start));
    if (isSeparator) {
      start = token.end;
      isEmpty = true;
    } else isEmpty = false;
  }
  return statements.length === 0 ? [text] : statements;
}
