/** Messages between the local cloud and a function's process. Payloads are JSON text, as in Lambda's runtime API. */

export interface InvokeMessage {
  readonly kind: 'invoke';
  readonly requestId: string;
  readonly payload: string;
  /** Trace header of the invocation, which SDKs pass on. */
  readonly trace: string;
  /** Time at which the process will be killed, in epoch milliseconds. */
  readonly deadline: number;
}

/** An error as Lambda reports it to the caller. */
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
  /** The process cannot continue (import failed, uncaught exception) and ends itself. */
  | { readonly kind: 'fatal'; readonly error: FunctionError };

/** Resident set in bytes, current and peak. */
export interface ProcessMemory {
  readonly rss: number;
  readonly peakRss: number;
}

/** Environment variables that tell the runtime what to run. Removed before the bundle is imported. */
export const RUNTIME_VARIABLES = {
  logFormat: 'LOCAL_CLOUD_LOG_FORMAT',
  functionArn: 'LOCAL_CLOUD_FUNCTION_ARN',
} as const;
