import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const STATE_MACHINES = join(import.meta.dirname, '../../statemachines');

export class StateMachineDefinitionError extends Error {
  override readonly name = 'StateMachineDefinitionError';
}

/** @param file name in `statemachines/` */
export function readStateMachineDefinition(file: string): string {
  return readFileSync(join(STATE_MACHINES, file), 'utf8');
}

/**
 * CloudFormation leaves a placeholder without a substitution as it stands and ignores a substitution without a placeholder;
 * both are mistakes that would show only when an execution reaches the state.
 *
 * @param definition Amazon States Language with `${Name}` placeholders
 * @throws {StateMachineDefinitionError} unless the placeholders and the substitutions are the same set
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
