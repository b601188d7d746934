/**
 * EventBridge's event patterns: every field of the pattern must be in the event, with one of the listed values or matchers.
 * Source: EventBridge user guide, "Comparison operators for use in event patterns".
 */
type Matcher = (value: unknown) => boolean;

/** Matchers by operator; each throws when its operand is malformed. `exists` is handled where the field is looked up. */
const OPERATORS: Readonly<Record<string, (operand: unknown) => Matcher>> = {
  prefix: (operand) => (value) => typeof value === 'string' && value.startsWith(String(operand)),
  suffix: (operand) => (value) => typeof value === 'string' && value.endsWith(String(operand)),
  'equals-ignore-case': (operand) => (value) =>
    typeof value === 'string' && value.toLowerCase() === String(operand).toLowerCase(),
  'anything-but': (operand) => {
    const excluded = [operand].flat();
    return (value) => !excluded.includes(value);
  },
};

/** Compiles a pattern. Throws for an unknown operator. */
export function compilePattern(pattern: unknown): (event: unknown) => boolean {
  if (!isRecord(pattern)) throw new Error(`an event pattern must be an object, not ${JSON.stringify(pattern)}`);
  const fields = Object.entries(pattern).map(([name, rule]) => {
    const matches = Array.isArray(rule) ? anyOf(rule) : compilePattern(rule);
    return (event: unknown) => matches(isRecord(event) ? event[name] : undefined);
  });
  return (event) => fields.every((matches) => matches(event));
}

function anyOf(rules: readonly unknown[]): Matcher {
  const matchers = rules.map(compileRule);
  // A list in the event matches if one of its elements does.
  return (value) => matchers.some((matches) => (Array.isArray(value) ? value.some(matches) : matches(value)));
}

function compileRule(rule: unknown): Matcher {
  if (!isRecord(rule)) return (value) => value === rule;
  const [[operator = '', operand] = []] = Object.entries(rule);
  if (operator === 'exists') return (value) => (value !== undefined) === operand;
  const compile = OPERATORS[operator];
  if (compile === undefined) throw new Error(`the local EventBridge does not support the operator "${operator}"`);
  const matches = compile(operand);
  return (value) => value !== undefined && matches(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
