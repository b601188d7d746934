import type { FileAnswer } from './file-answer.ts';

/** How a request ended. */
export interface Outcome {
  /** HTTP status. */
  status: number;
  code: number;
  message: string;
  body: unknown;
  /** What is answered in its place. */
  file?: FileAnswer | undefined;
  /** What was thrown, for the log. */
  error?: unknown;
}
