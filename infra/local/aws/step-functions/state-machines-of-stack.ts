import * as z from 'zod';
import type { Stack } from '../../template/stack.ts';
import type { FunctionDirectory } from '../lambda/function-directory.ts';
import { joined, parseDefinition, validate } from './definition.ts';
import type { LocalStateMachine } from './execution.ts';

const propertiesSchema = z.object({
  DefinitionString: z.string(),
  DefinitionSubstitutions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  RoleArn: z.string(),
  StateMachineType: z.literal('STANDARD', 'the local cloud only runs standard workflows').default('STANDARD'),
});

/** The template's state machines. Throws for an invalid definition, or one that names an unknown function. */
export function stateMachinesOf(stack: Stack, functions: FunctionDirectory): LocalStateMachine[] {
  const machines = stack.resourcesOf('AWS::StepFunctions::StateMachine').map((resource) => {
    const { logicalId, ref, attributes } = resource;
    const { DefinitionString, DefinitionSubstitutions, RoleArn } = propertiesSchema.parse(resource.properties);
    const definitionText = DefinitionString.replaceAll(/\$\{([A-Za-z0-9]+)\}/g, (placeholder, name: string) =>
      Object.hasOwn(DefinitionSubstitutions, name) ? String(DefinitionSubstitutions[name]) : placeholder,
    );
    return orItsName(logicalId, () => {
      const parsed = parseDefinition(definitionText);
      for (const { kind } of parsed.tasks.values()) if (kind.kind === 'function') functions.get(kind.arn);
      const name = attributes.Name ?? logicalId;
      return { logicalId, arn: ref, name, roleArn: RoleArn, definitionText, createdAt: Date.now(), ...parsed };
    });
  });
  if (machines.length === 0) return machines;
  try {
    validate(joined(machines.map(({ definition }) => definition)));
  } catch {
    for (const { logicalId, definition } of machines) orItsName(logicalId, () => validate(definition));
  }
  return machines;
}

/** Adds the state machine's name to an error. */
function orItsName<Result>(logicalId: string, task: () => Result): Result {
  try {
    return task();
  } catch (error) {
    throw new Error(`state machine ${logicalId} cannot run`, { cause: error });
  }
}
