import { mkdtempSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleTo } from '../../../infra/constructs/function/function-code.ts';
import type { AwsCall } from '../../../infra/local/aws/aws-call.ts';
import type { Invocation } from '../../../infra/local/aws/lambda/lambda-function.ts';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { until } from '../support/until.ts';
import { functionResources } from './fixture-template.ts';

/** The service's own client, as a bundle has it. It lies outside of the cloud, whose inline code cannot be bundled. */
const bundle = mkdtempSync(join(tmpdir(), 'invoke-later-'));
bundleTo(bundle, { entryPoints: ['functions/adapters/lambda/invoke-later.ts'] });

/** Invokes itself, as a sweep does that has more to do. */
const RECURS = `const { invokeLater } = await import(${JSON.stringify(pathToFileURL(join(bundle, 'index.mjs')).href)});
  export const handler = async ({ round }, { invokedFunctionArn }) => {
    console.info({ round, of: process.env.AWS_LAMBDA_FUNCTION_NAME });
    if (round < 20) await invokeLater(invokedFunctionArn, { round: round + 1 });
  };`;

const FUNCTIONS = {
  Loop: { code: RECURS },
  AllowedLoop: { code: RECURS, recursiveLoop: 'Allow' as const },
  Pid: { code: 'let calls = 0; export const handler = async () => ({ pid: process.pid, calls: ++calls });' },
  SlowImport: {
    code: `const began = Date.now();
      await new Promise((done) => setTimeout(done, 100));
      const ended = Date.now();
      export const handler = () => new Promise((done) => setTimeout(done, 1000, [began, ended]));`,
  },
  SlowPid: { code: 'export const handler = () => new Promise((done) => setTimeout(done, 200, process.pid));' },
  Environment: {
    code: 'export const handler = async () => process.env;',
    environment: { TABLE: { 'Fn::Join': ['-', ['table-of', { Ref: 'AWS::Region' }]] }, AWS_REGION: 'overridden' },
  },
  Context: {
    code: `export const handler = async (_event, context) => ({
      ...context, remaining: context.getRemainingTimeInMillis() });`,
    timeoutSeconds: 7,
  },
  RepairSweepFunction1A2B3C4D: { code: 'export const handler = async () => "swept";' },
  Throws: { code: 'export const handler = async () => { throw new RangeError("too far"); };' },
  ThrowsText: { code: 'export const handler = async () => { throw "just text"; };' },
  Hangs: { code: 'export const handler = () => new Promise(() => setInterval(() => {}, 1000));', timeoutSeconds: 1 },
  Spins: { code: 'export const handler = () => { for (;;); };', timeoutSeconds: 1 },
  Exits: { code: 'export const handler = async () => process.exit(3);' },
  Killed: { code: 'export const handler = async () => process.kill(process.pid, "SIGKILL");' },
  Uncaught: {
    code: 'export const handler = () => { setTimeout(() => { throw new TypeError("later"); }); return new Promise(() => {}); };',
  },
  Unhandled: {
    code: 'export const handler = () => { Promise.reject(new Error("dropped")); return new Promise(() => {}); };',
  },
  BadImport: { code: 'throw Object.assign(new Error("no TABLE"), { name: "ConfigError" });' },
  NoHandler: { code: 'export const other = 1;' },
  TooLarge: { code: 'export const handler = async () => "x".repeat(6 * 1024 * 1024);' },
  Undefined: { code: 'export const handler = async () => undefined;' },
  Logs: {
    code: `export const handler = async () => {
      console.info({ event: 'started', count: 1 });
      console.warn('two', 'values', 2);
      console.error(new TypeError('broken'));
      console.debug('below the level');
    };`,
  },
  LogsText: {
    code: 'export const handler = async () => { console.log("plain %s", "text"); };',
    logFormat: 'Text' as const,
  },
};

let cloud: LocalCloud;
const logs: { line: string; functionName: string }[] = [];
const invocations: Invocation[] = [];
const calls: AwsCall[] = [];

beforeAll(async () => {
  cloud = await startLocalCloud({
    template: { Resources: functionResources(FUNCTIONS) },
    functionEnvironment: (logicalId) => ({ EXTRA: `for ${logicalId}` }),
    log: (line, functionName) => logs.push({ line, functionName }),
    onInvoke: (invocation) => invocations.push(invocation),
    onAwsCall: (call) => calls.push(call),
  });
});

afterAll(() => cloud.stop());

async function resultOf(functionId: keyof typeof FUNCTIONS): Promise<unknown> {
  const result = await cloud.invoke(functionId, {});
  if (!result.ok) throw new Error(`${functionId} failed: ${JSON.stringify(result.error)}`);
  return JSON.parse(result.payload);
}

async function errorOf(functionId: keyof typeof FUNCTIONS): Promise<unknown> {
  const result = await cloud.invoke(functionId, {});
  if (result.ok) throw new Error(`${functionId} answered ${result.payload}`);
  return result.error;
}

const processesOf = (functionId: keyof typeof FUNCTIONS) =>
  cloud.functions().find(({ logicalId }) => logicalId === functionId)?.processes ?? [];

describe('a chain of invocations', () => {
  const roundsOf = (functionId: string) =>
    logs.flatMap(({ line, functionName }) =>
      functionName.includes(functionId) ? [Number(/"round":(\d+)/.exec(line)?.[1] ?? Number.NaN)] : [],
    );

  it('ends after sixteen, unless the function allows more', async () => {
    await cloud.invoke('Loop', { round: 1 });
    await until('sixteen invocations', () => roundsOf('local-Loop').includes(16) || undefined);
    // This takes longer than one more of the other would.
    await cloud.invoke('AllowedLoop', { round: 1 });
    await until('the end of the allowed chain', () => roundsOf('AllowedLoop').includes(20) || undefined);

    expect(Math.max(...roundsOf('local-Loop'))).toBe(16);
  });
});

describe('processes', () => {
  it('start with the first invocation and are reused', async () => {
    expect(processesOf('Pid')).toEqual([]);

    const [first, second] = [await resultOf('Pid'), await resultOf('Pid')];

    const [process] = processesOf('Pid');
    expect(first).toEqual({ pid: process?.pid, calls: 1 });
    expect(second).toEqual({ pid: process?.pid, calls: 2 });
    expect(process?.memory?.peakRss).toBeGreaterThanOrEqual(process?.memory?.rss ?? Number.NaN);
  });

  it('take one invocation at a time', async () => {
    const pids = await Promise.all([resultOf('SlowPid'), resultOf('SlowPid')]);

    expect(new Set(pids).size).toBe(2);
  });

  it('start no more at once than there are cores', async () => {
    const many = 2 * availableParallelism() + 1;

    const answers = await Promise.all(Array.from({ length: many }, () => resultOf('SlowImport')));

    const imports = answers as [began: number, ended: number][];
    const together = imports.map(([at]) => imports.filter(([began, ended]) => began <= at && at < ended).length);
    expect(Math.max(...together)).toBeLessThanOrEqual(availableParallelism());
  });

  it('end when they are idle', async () => {
    const idle = await startLocalCloud({
      template: { Resources: functionResources({ Pid: FUNCTIONS.Pid }) },
      idleSeconds: 0.1,
    });
    await idle.invoke('Pid', {});

    await until('the idle process to end', () => idle.functions()[0]?.processes.length === 0 || undefined);

    expect((await idle.invoke('Pid', {})).ok).toBe(true);
    await idle.stop();
  });
});

describe('environment and context', () => {
  it("are the template's and Lambda's, without anything of this process", async () => {
    const environment = await resultOf('Environment');

    expect(environment).toMatchObject({
      TABLE: 'table-of-us-east-1',
      EXTRA: 'for Environment',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'local-Environment',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^LOCAL\d{15}$/),
      AWS_ENDPOINT_URL_DYNAMODB: cloud.endpoints.dynamodb,
      AWS_ENDPOINT_URL_S3: cloud.endpoints.s3,
      AWS_ENDPOINT_URL_SFN: cloud.endpoints.stepfunctions,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: cloud.endpoints.secretsmanager,
    });
    for (const inherited of ['PATH', 'HOME', 'LOCAL_CLOUD_LOG_FORMAT'])
      expect(environment).not.toHaveProperty(inherited);
  });

  it('contain name, ARN, request and the time left', async () => {
    expect(await resultOf('Context')).toMatchObject({
      functionName: 'local-Context',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:111122223333:function:local-Context',
      memoryLimitInMB: '256',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      remaining: expect.toSatisfy((millis: number) => millis > 6000 && millis <= 7000),
    });
  });
});

describe.concurrent('failures', () => {
  it.each([
    ['Throws', 'RangeError', 'too far'],
    ['ThrowsText', 'string', 'just text'],
    ['Hangs', 'Sandbox.Timedout', 'Error: Task timed out after 1.00 seconds'],
    ['Spins', 'Sandbox.Timedout', 'Error: Task timed out after 1.00 seconds'],
    ['Exits', 'Runtime.ExitError', 'Error: Runtime exited with error: exit status 3'],
    ['Killed', 'Runtime.ExitError', 'Error: Runtime exited with error: signal: SIGKILL'],
    ['Uncaught', 'TypeError', 'later'],
    ['Unhandled', 'Runtime.UnhandledPromiseRejection', 'Error: dropped'],
    ['BadImport', 'ConfigError', 'no TABLE'],
    ['NoHandler', 'Runtime.HandlerNotFound', 'handler is undefined or not exported'],
    ['TooLarge', 'Function.ResponseSizeTooLarge', 'Response payload size exceeded'],
  ] as const)('%s returns what Lambda returns', async (functionId, errorType, errorMessage) => {
    expect(await errorOf(functionId)).toMatchObject({
      errorType,
      errorMessage: expect.stringContaining(errorMessage),
    });
  });

  it('end with the process: the next invocation has a fresh one', async () => {
    await errorOf('Exits');

    await errorOf('Exits');

    expect(processesOf('Exits')).toEqual([]);
  });

  it('of a handler keep its process alive', async () => {
    await errorOf('Throws');

    expect(processesOf('Throws')).toHaveLength(1);
  });

  it('do not exist for a handler that returns nothing', async () => {
    expect(await resultOf('Undefined')).toBeNull();
  });
});

describe('logs', () => {
  it("are Lambda's JSON records, from the level INFO on", async () => {
    await resultOf('Logs');

    const records = await until('the log lines', () => {
      const own = logs.filter(({ functionName }) => functionName === 'local-Logs').map(({ line }) => JSON.parse(line));
      return own.length >= 3 ? own : undefined;
    });
    expect(records).toMatchObject([
      { level: 'INFO', message: { event: 'started', count: 1 } },
      { level: 'WARN', message: 'two values 2' },
      { level: 'ERROR', errorType: 'TypeError', errorMessage: 'broken', message: 'broken' },
    ]);
    expect(records[0]).toMatchObject({ requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });

  it('are tab-separated text if the template says so', async () => {
    await resultOf('LogsText');

    const found = await until('the log line', () => logs.find(({ functionName }) => functionName === 'local-LogsText'));
    expect(found.line).toMatch(/^\S+Z\t[0-9a-f-]{36}\tINFO\tplain text$/);
  });
});

describe("Lambda's own API", () => {
  const invoke = (name: string, type: string) =>
    fetch(`${cloud.endpoints.lambda}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
      method: 'POST',
      headers: { 'x-amz-invocation-type': type },
      body: '{}',
    });

  it('returns the result, or the error with a header', async () => {
    const fine = await invoke('local-Undefined', 'RequestResponse');
    const failed = await invoke('arn:aws:lambda:us-east-1:111122223333:function:local-Throws', 'RequestResponse');

    expect([fine.status, await fine.text()]).toEqual([200, 'null']);
    expect([failed.status, failed.headers.get('x-amz-function-error')]).toEqual([200, 'Unhandled']);
    expect(await failed.json()).toMatchObject({ errorType: 'RangeError' });
    expect(calls.at(-1)).toMatchObject({ service: 'lambda', action: 'Invoke', status: 200 });
  });

  it.each([
    ['local-Pid', 200],
    ['local-Pid:$LATEST', 200],
    ['111122223333:function:local-Pid', 200],
    ['111122223333:function:local-Pid:$LATEST', 200],
    ['arn:aws:lambda:us-east-1:111122223333:function:local-Pid:$LATEST', 200],
    ['local-Pid:prod', 404],
    ['999999999999:function:local-Pid', 404],
    ['arn:aws:lambda:us-east-1:111122223333:function:local-Pid:1', 404],
  ])('answers an invocation of %s with %i', async (name, status) => {
    expect((await invoke(name, 'RequestResponse')).status).toBe(status);
  });

  it('knows only the latest version, which it reports', async () => {
    const url = `${cloud.endpoints.lambda}/2015-03-31/functions/local-Pid/invocations?Qualifier=`;
    const [latest, alias] = await Promise.all(
      ['$LATEST', 'prod'].map((qualifier) => fetch(url + qualifier, { method: 'POST', body: '{}' })),
    );

    expect([latest?.status, latest?.headers.get('x-amz-executed-version')]).toEqual([200, '$LATEST']);
    expect([alias?.status, alias?.headers.get('x-amzn-errortype')]).toEqual([404, 'ResourceNotFoundException']);
  });

  it('answers an event at once and then invokes', async () => {
    const before = invocations.length;

    const response = await invoke('local-Pid', 'Event');

    expect(response.status).toBe(202);
    await until('the invocation', () => invocations.slice(before).find(({ logicalId }) => logicalId === 'Pid'));
  });

  it('invokes by the name in the code, and lists all', async () => {
    const response = await fetch(`${cloud.endpoints.lambda}/2015-03-31/functions/`);
    const { Functions } = (await response.json()) as { Functions: { FunctionName: string }[] };

    expect(Functions.map(({ FunctionName }) => FunctionName)).toContain('local-Pid');
    expect((await invoke('sweep', 'RequestResponse')).status).toBe(200);
    expect((await invoke('eep', 'RequestResponse')).status).toBe(404);
  });

  it('refuses what is not JSON', async () => {
    const url = `${cloud.endpoints.lambda}/2015-03-31/functions/local-Pid/invocations`;
    const response = await fetch(url, { method: 'POST', body: '{"time":' });

    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([
      400,
      'InvalidRequestContentException',
    ]);
  });

  it('retries an event if its function fails', async () => {
    const before = invocations.length;

    await invoke('local-Throws', 'Event');

    await until('the second attempt', () => (invocations.length >= before + 2 ? true : undefined));
  });

  it('knows no other function', async () => {
    const response = await invoke('local-Nobody', 'RequestResponse');

    expect(response.status).toBe(404);
    expect(response.headers.get('x-amzn-errortype')).toBe('ResourceNotFoundException');
  });
});
