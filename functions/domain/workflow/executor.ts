import * as z from 'zod/mini';
import { described } from '../shared/described.ts';

/**
 * What runs the statement of a backup or a restore: a function, which lives for a quarter of an hour, or the worker, a container
 * task that lives as long as it takes.
 */
export const executor = described(
  z.enum(['lambda', 'fargate'], 'must be "lambda" or "fargate"'),
  'What runs the statement: a function, which lives for a quarter of an hour, or the worker, which lives as long as it takes',
);
export type Executor = z.infer<typeof executor>;
