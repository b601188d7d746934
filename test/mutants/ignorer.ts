/** The parts of a node of Babel's syntax tree that are read here. */
interface SyntaxNode {
  readonly type: string;
  readonly value?: unknown;
  readonly quasis?: readonly { readonly value: { readonly raw: string } }[];
  readonly expression?: SyntaxNode;
  readonly body?: SyntaxNode;
  readonly callee?: SyntaxNode;
  readonly object?: SyntaxNode;
  readonly properties?: readonly SyntaxNode[];
  readonly key?: SyntaxNode;
  readonly name?: unknown;
}

/** Three words in a row: neither SQL, nor a table's condition, nor a name. */
const PROSE = /\b[a-z]+,? [a-z]+,? [a-z]+\b/;

function textOf({ type, value, quasis = [] }: SyntaxNode): string {
  if (type === 'TemplateLiteral') return quasis.map((part) => part.value.raw).join('x');
  return type === 'StringLiteral' ? String(value) : '';
}

/** Including a function that does nothing else, as for a `catch`. */
function isLogLine(node: SyntaxNode): boolean {
  const inner = node.type === 'ArrowFunctionExpression' ? node.body : node.expression;
  const call = inner?.type === 'CallExpression' ? inner : node;
  return call.type === 'CallExpression' && call.callee?.object?.name === 'log';
}

/** `{ cause: error }` only shows in a log line. */
function isCauseAlone({ type, properties = [] }: SyntaxNode): boolean {
  return type === 'ObjectExpression' && properties.length === 1 && properties[0]?.key?.name === 'cause';
}

/** What no test has to hold: tests that compare the wording of a sentence only make it harder to improve. */
function shouldIgnore({ node }: { readonly node: SyntaxNode }): string | undefined {
  if (isLogLine(node) || isCauseAlone(node)) return 'for the log alone';
  return PROSE.test(textOf(node)) ? 'the wording of a message' : undefined;
}

export const strykerPlugins = [{ kind: 'Ignore', name: 'prose', value: { shouldIgnore } }];
