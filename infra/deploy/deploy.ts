import type { StackAssembly } from './assembly.ts';
import { nextStep, type Template } from './steps.ts';

interface DeployDeps {
  readonly assembly: StackAssembly;
  /** @returns the template of the stack as it is; `undefined` if there is none, or its creation failed */
  deployedTemplate(): Promise<Template | undefined>;
  /** Deploys the assembly as it is now. @throws it failed */
  deploy(): Promise<void>;
  say(line: string): void;
}

/** More than any update needs: each deployment brings the stack nearer to what is wanted, or it has failed. */
const MAX_STEPS = 100;

/**
 * Brings a stack to the assembly's template in as many deployments as DynamoDB needs. It looks at what is deployed before each, so
 * that running it again goes on where it stopped.
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
        ? 'creating the stack, without deletion protection until it stands'
        : `deployment ${steps + 1}`,
    );
    assembly.replace(step, deployed !== undefined);
    await deploy();
  }
  throw new Error(`the stack is not as it should be after ${MAX_STEPS} deployments`);
}
