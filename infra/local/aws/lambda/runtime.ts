/**
 * Runs inside a function's process: imports the bundle, then handles one invocation at a time, as Lambda's Node.js runtime does. Arguments:
 * the bundle's path and the name of the exported handler.
 */
import { realpathSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type FunctionError, type InvokeMessage, type ProcessMessage, RUNTIME_VARIABLES } from './protocol.ts';
import { installConsole } from './runtime-console.ts';

interface LambdaContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  callbackWaitsForEmptyEventLoop: boolean;
  getRemainingTimeInMillis(): number;
}

type Handler = (event: unknown, context: LambdaContext) => unknown;

const [bundlePath = '', handlerName = ''] = process.argv.slice(2);
const logFormat = takeVariable(RUNTIME_VARIABLES.logFormat) === 'JSON' ? 'JSON' : 'Text';
const functionArn = takeVariable(RUNTIME_VARIABLES.functionArn);
let currentRequestId = '';

installConsole(logFormat, process.env.AWS_LAMBDA_LOG_LEVEL, () => currentRequestId);

// The parent has ended, for whatever reason: no one is left to answer, and nothing else would end this process.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent ends its functions itself, once their invocations are done.
process.on('SIGINT', () => undefined);
process.on('uncaughtException', (error) => dieOf(describe(error)));
process.on('unhandledRejection', (reason) =>
  dieOf({ ...describe(reason), errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: String(reason) }),
);

// The cache lies beside the app's bundles, not beside links to them: tests start hundreds of processes from the same few. Lambda has no
// such cache.
enableCompileCache(join(dirname(realpathSync(bundlePath)), '..', '.compile-cache'));
const handler = await importHandler();
if (handler !== undefined) {
  process.on('message', (message: InvokeMessage) => {
    void invoke(handler, message);
  });
  send({ kind: 'ready' });
  // Write it now, not at exit: the process will be killed.
  flushCompileCache();
}

function takeVariable(name: string): string {
  const value = process.env[name] ?? '';
  delete process.env[name];
  return value;
}

async function importHandler(): Promise<Handler | undefined> {
  try {
    const bundle: Record<string, unknown> = await import(pathToFileURL(bundlePath).href);
    const exported = bundle[handlerName];
    if (isHandler(exported)) return exported;
    dieOf({ errorType: 'Runtime.HandlerNotFound', errorMessage: `${handlerName} is undefined or not exported` });
  } catch (error) {
    dieOf(describe(error));
  }
  return undefined;
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}

async function invoke(run: Handler, { requestId, payload, trace, deadline }: InvokeMessage): Promise<void> {
  currentRequestId = requestId;
  process.env._X_AMZN_TRACE_ID = trace;
  const context: LambdaContext = {
    awsRequestId: requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? '',
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION ?? '',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? '',
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME ?? '',
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME ?? '',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    const result = await run(JSON.parse(payload), context);
    send({ kind: 'result', payload: JSON.stringify(result) ?? 'null', memory: memory() });
  } catch (error) {
    const described = describe(error);
    console.error('Invoke Error', error);
    send({ kind: 'error', error: described, memory: memory() });
  }
}

function memory(): { rss: number; peakRss: number } {
  return { rss: process.memoryUsage.rss(), peakRss: process.resourceUsage().maxRSS * 1024 };
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

function send(message: ProcessMessage, sent?: () => void): void {
  process.send?.(message, undefined, undefined, sent);
}

/** Reports the error, then ends the process; Lambda starts a new one for the next invocation. */
function dieOf(error: FunctionError): void {
  console.error(error);
  send({ kind: 'fatal', error }, () => process.exit(1));
}
