import type { ZodMiniType } from 'zod/mini';
import type { OperationInput } from '../../domain/workflow/workflow.ts';
import { inContext, log, type WorkContext } from '../../log.ts';

/** The execution's input, or that within a state's `Parameters`. */
type NodeInput = Operation | { input: Operation };
type Operation = Pick<OperationInput, 'workFlowId' | 'correlationId'>;

/**
 * A Lambda handler of one workflow node: parses Step Functions' input, adds the request's id to each log line, and logs
 * how the node ended.
 * @param node the state's name
 */
export function nodeHandler<Input extends NodeInput, Rest extends readonly unknown[], Result>(
  node: string,
  schema: ZodMiniType<Input>,
  run: (input: Input, ...rest: Rest) => Promise<Result>,
): (event: unknown, ...rest: Rest) => Promise<Result> {
  return async (event, ...rest) => {
    const input = schema.parse(event);
    return await inContext(nodeContext(node, 'input' in input ? input.input : input), () =>
      logged(() => run(input, ...rest)),
    );
  };
}

/** Fields of each log line of a node. */
export function nodeContext(node: string, { workFlowId, correlationId = workFlowId }: Operation): WorkContext {
  return { correlationId, workFlowId, node };
}

/** The error goes on to Step Functions, which keeps it in the history. */
async function logged<Result>(run: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  const ms = () => Math.round(performance.now() - started);
  try {
    const result = await run();
    log.info({ message: 'node ended', ms: ms() });
    return result;
  } catch (error) {
    log.warn({ message: 'node failed', ms: ms(), error });
    throw error;
  }
}
