import * as z from 'zod/mini';
import { described } from '../shared/described.ts';

/**
 * What runs the statement of a backup or restore: a function, with 15 minutes at most, or the worker, a container task
 * without a time limit.
 */
export const executor = described(
  z.enum(['lambda', 'fargate'], 'must be "lambda" or "fargate"'),
  'What runs the statement: a function, with 15 minutes at most, or the worker, without a time limit',
);
export type Executor = z.infer<typeof executor>;
