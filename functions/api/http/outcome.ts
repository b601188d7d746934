import type { FileAnswer } from './file-answer.ts';

/** How a request ended. */
export interface Outcome {
  /** HTTP status. */
  status: number;
  code: number;
  message: string;
  body: unknown;
  /** Sent instead of the JSON body. */
  file?: FileAnswer | undefined;
  /** The thrown error, for the log. */
  error?: unknown;
}
