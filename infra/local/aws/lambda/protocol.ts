/** What the local cloud and a function's process say to each other. Payloads are JSON text, as in Lambda's runtime API. */

export interface InvokeMessage {
  readonly kind: 'invoke';
  readonly requestId: string;
  readonly payload: string;
  /** Epoch milliseconds at which the process will be killed. */
  readonly deadline: number;
}

/** An error as Lambda reports it to whoever invoked the function. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type ProcessMessage =
  /** The bundle is imported; the process takes invocations. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly payload: string; readonly memory: ProcessMemory }
  | { readonly kind: 'error'; readonly error: FunctionError; readonly memory: ProcessMemory }
  /** The process cannot go on (import failed, uncaught exception) and ends itself. */
  | { readonly kind: 'fatal'; readonly error: FunctionError };

/** Resident set in bytes, now and at its highest. */
export interface ProcessMemory {
  readonly rss: number;
  readonly peakRss: number;
}

/** Environment variables by which the local cloud tells the runtime what to run. Removed before the bundle is imported. */
export const RUNTIME_VARIABLES = {
  logFormat: 'LOCAL_CLOUD_LOG_FORMAT',
  functionArn: 'LOCAL_CLOUD_FUNCTION_ARN',
} as const;
