/** How a request ended. */
export interface Outcome {
  /** HTTP status. */
  status: number;
  code: number;
  message: string;
  body: unknown;
  /** What was thrown, for the log. */
  error?: unknown;
}
