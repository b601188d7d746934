import type { StackAssembly } from './assembly.ts';
import { nextStep, type Template } from './steps.ts';

interface DeployDeps {
  readonly assembly: StackAssembly;
  /** @returns the current template of the stack; `undefined` if there is none, or its creation failed */
  deployedTemplate(): Promise<Template | undefined>;
  /**
   * Deploys the assembly in its current state.
   * @throws if it failed
   */
  deploy(): Promise<void>;
  say(line: string): void;
}

/** More than any update needs: each deployment makes progress, or it has failed. */
const MAX_STEPS = 100;

/**
 * Deploys the assembly's template in as many deployments as DynamoDB needs. It checks the deployed state before each
 * one, so a second run continues where the first stopped.
 * @returns the number of deployments
 */
export async function deployInSteps({ assembly, deployedTemplate, deploy, say }: DeployDeps): Promise<number> {
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    const deployed = await deployedTemplate();
    const step = nextStep(deployed, assembly.wanted);
    if (step === undefined) {
      say(steps === 0 ? 'nothing to deploy: the stack is as it should be' : `deployed in ${steps} deployments`);
      return steps;
    }
    say(
      deployed === undefined
        ? 'creating the stack, without deletion protection until it is complete'
        : `deployment ${steps + 1}`,
    );
    assembly.replace(step, deployed !== undefined);
    await deploy();
  }
  throw new Error(`the stack is not as it should be after ${MAX_STEPS} deployments`);
}
