import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RETRY_POLICIES } from './retry-policies.ts';
import { StateMachineDefinitionError } from './state-machine-definition-error.ts';

const STATE_MACHINES = join(import.meta.dirname, '../../../statemachines');

/**
 * @param file name in `statemachines/`
 * @throws {StateMachineDefinitionError} if it names an unknown retry policy
 */
export function readStateMachineDefinition(file: string): string {
  return withRetryPolicies(readFileSync(join(STATE_MACHINES, file), 'utf8'), file);
}

/** Replaces the placeholders of policies: `"${RetryNone}"`. */
export function withRetryPolicies(definition: string, file: string): string {
  const policies: Readonly<Record<string, object>> = RETRY_POLICIES;
  return definition.replaceAll(/"\$\{Retry(\w+)\}"/g, (_placeholder, name: string) => {
    if (Object.hasOwn(policies, name)) return JSON.stringify(policies[name]);
    throw new StateMachineDefinitionError(`${file}: there is no retry policy ${name}`);
  });
}

interface WithLists {
  readonly definition: string;
  /** A placeholder for each item. */
  readonly substitutions: Readonly<Record<string, string>>;
}

/**
 * CloudFormation substitutes texts, not lists, and a definition must be JSON before that: `"${Subnets}"` becomes
 * `["${Subnets1}","${Subnets2}"]`.
 * @param lists the items of each list by its placeholder
 */
export function withLists(definition: string, lists: Readonly<Record<string, readonly string[]>>): WithLists {
  const named = Object.entries(lists).map(([list, items]) => ({
    list,
    items: items.map((item, index) => [`${list}${index + 1}`, item] as const),
  }));
  return {
    definition: named.reduce(
      (text, { list, items }) =>
        text.replaceAll(`"\${${list}}"`, JSON.stringify(items.map(([placeholder]) => `\${${placeholder}}`))),
      definition,
    ),
    substitutions: Object.fromEntries(named.flatMap(({ items }) => items)),
  };
}

/**
 * CloudFormation leaves a placeholder without a substitution in place and ignores a substitution without a placeholder;
 * either mistake would only show when an execution reaches the state.
 * @param definition Amazon States Language with `${Name}` placeholders
 * @throws {StateMachineDefinitionError} unless placeholders and substitutions are the same set
 */
export function checkPlaceholders(definition: string, substitutions: readonly string[], file: string): void {
  const placeholders = new Set(Array.from(definition.matchAll(/\$\{([^}]*)\}/g), ([, name = '']) => name));
  const given = new Set(substitutions);
  const problems = [
    ...[...placeholders].filter((name) => !given.has(name)).map((name) => `\${${name}} has no substitution`),
    ...[...given].filter((name) => !placeholders.has(name)).map((name) => `substitution ${name} has no placeholder`),
  ];
  if (problems.length > 0) throw new StateMachineDefinitionError(`${file}: ${problems.join('; ')}`);
}
