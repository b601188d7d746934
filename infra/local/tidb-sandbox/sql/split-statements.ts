import { tokenize } from './lexer.ts';

/** Splits a text at `;` into its statements. A text of one statement is returned unchanged. */
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
