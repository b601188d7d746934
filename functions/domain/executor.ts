import * as z from 'zod/mini';

/**
 * What runs the statement of a backup or a restore: a function, which lives for a quarter of an hour, or the worker, a container
 * task that lives as long as it takes.
 */
export const executor = z.enum(['lambda', 'fargate'], 'must be "lambda" or "fargate"');
export type Executor = z.infer<typeof executor>;
