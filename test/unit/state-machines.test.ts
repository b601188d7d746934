import { describe, expect, it } from 'vitest';
import type { Executor } from '../../functions/domain/workflow/executor.ts';
import { isNodeFailureName, NON_RETRYABLE } from '../../functions/domain/workflow/failure-table.ts';
import {
  CleanupFailed,
  OUT_OF_TIME,
  originalError,
  WORKER_INTERRUPTED,
} from '../../functions/domain/workflow/node-failure.ts';
import { newClusterInput } from '../../functions/domain/workflow/workflow.ts';
import { verifyRestoreInput } from '../../functions/workflow/drill/verify-restore.ts';
import { RETRY_POLICIES, type RetryPolicy } from '../../infra/constructs/workflows/retry-policies.ts';
import { readStateMachineDefinition } from '../../infra/constructs/workflows/state-machine-definition.ts';
import { runWorkflow } from '../support/run-workflow.ts';

/** Nodes of a successful run in order, by definition file. */
const WORKFLOWS = {
  'backup-cluster.asl.json': ['chooseExecutor', 'backup', 'updateBackupRecord', 'end'],
  'restore-exist-cluster.asl.json': ['chooseExecutor', 'restoreFromSrcCluster', 'end'],
  'restore-new-cluster.asl.json': ['createCluster', 'waitClusterReady', 'chooseExecutor', 'restoreNewCluster', 'end'],
  'restore-drill.asl.json': [
    'createCluster',
    'waitClusterReady',
    'chooseExecutor',
    'restoreNewCluster',
    'verifyRestore',
    'end',
  ],
  'delete-backup.asl.json': ['deleteBackupFiles', 'end'],
  'undelete-backup.asl.json': ['undeleteBackup'],
  'check-cluster.asl.json': ['checkCluster', 'checkScratch'],
  'check-config.asl.json': ['checkConfig'],
} as const;
const FILES = Object.keys(WORKFLOWS) as (keyof typeof WORKFLOWS)[];

const isEnd = (node: string) => node === 'end';

/** The nodes before `end`, which work and may fail. */
const WORKERS = FILES.flatMap((file) =>
  WORKFLOWS[file].filter((node) => !isEnd(node)).map((node) => [file, node] as const),
);

/** The nodes that the worker can run too, by definition file, and the states in which it does. */
const ON_WORKER = [
  ['backup-cluster.asl.json', 'backup', 'backupOnWorker'],
  ['restore-exist-cluster.asl.json', 'restoreFromSrcCluster', 'restoreOnWorker'],
  ['restore-new-cluster.asl.json', 'restoreNewCluster', 'restoreNewClusterOnWorker'],
  ['restore-drill.asl.json', 'restoreNewCluster', 'restoreNewClusterOnWorker'],
  ['restore-drill.asl.json', 'verifyRestore', 'verifyRestoreOnWorker'],
] as const;

/** Where a node leads that had no time for everything. A restore's leftovers would be in the way of another. */
const GO_ON: Readonly<Record<string, readonly unknown[]>> = {
  'backup-cluster.asl.json': [['backup', [OUT_OF_TIME], 'backupOnWorker']],
  'restore-drill.asl.json': [['verifyRestore', [OUT_OF_TIME], 'verifyRestoreOnWorker']],
};

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly HeartbeatSeconds?: number;
  readonly Parameters?: object;
  readonly Retry?: readonly RetryPolicy[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
}

const statesOf = (file: string): [string, State][] =>
  Object.entries(JSON.parse(readStateMachineDefinition(file)).States);

/** Maximum sum of a policy's pauses, in seconds. */
function longestWait({ MaxAttempts, IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Infinity }: RetryPolicy) {
  return Array.from({ length: MaxAttempts }, (_, n) =>
    Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** n),
  ).reduce((sum, delay) => sum + delay, 0);
}

/** The parts of the execution context that the definitions read. */
const INPUT = {
  ...{ workFlowId: 'w', clusterId: 'c', backupId: 'b', maintenanceStatusChange: true, correlationId: 'r' },
  ...{ provisioner: 'lambda', onFailure: 'destroy', clusterName: 'n', timezone: 'UTC', parameters: { size: 'small' } },
  drill: { clusterId: 'source', startTime: '2026-03-01T10:00:00.000Z' },
};

/** Runs a workflow with the given executor, whose nodes throw the given errors each time. `fail` does its work, and throws like the real one. */
function run(file: keyof typeof WORKFLOWS, throwing: Readonly<Record<string, string>>, executor: Executor = 'lambda') {
  const fail = (name: string) => {
    throw Object.assign(new Error('injected'), { name });
  };
  const tasks = statesOf(file).filter(([, { Type }]) => Type === 'Task');
  const nodes = tasks.map(([node]) => [
    node,
    () => {
      const name = throwing[node];
      return name === undefined ? { areGone: true, isDone: true, executor } : fail(name);
    },
  ]);
  return runWorkflow(file, INPUT, {
    ...Object.fromEntries(nodes),
    fail({ error }: { error: { Error: string; Cause: string } }) {
      if (throwing.fail !== undefined) fail(throwing.fail);
      throw originalError(error);
    },
  });
}

describe('the state machines', () => {
  it.each(FILES)('%s: a run without failure passes its nodes in order', async (file) => {
    expect(await run(file, {})).toEqual({ invoked: WORKFLOWS[file] });
  });

  it.each(['backup-cluster.asl.json', 'restore-exist-cluster.asl.json'] as const)(
    '%s: a run without failure enters at most five states, each of which is billed',
    (file) => {
      const choices = statesOf(file).filter(([, { Type }]) => Type === 'Choice');
      expect(WORKFLOWS[file].length + choices.length).toBeLessThanOrEqual(5);
    },
  );

  it.each(WORKERS)(
    '%s: an error of %s goes through fail, and the run ends with the original error',
    async (file, node) => {
      const { error, cause, invoked } = await run(file, { [node]: 'TypeError' });

      const passed = WORKFLOWS[file].slice(0, WORKFLOWS[file].indexOf(node as never));
      expect({ error, states: [...new Set(invoked)] }).toEqual({
        error: 'TypeError',
        states: [...passed, node, 'fail'],
      });
      expect(cause).toContain('injected');
    },
  );

  it.each(FILES.filter((file) => WORKFLOWS[file].some(isEnd)))(
    '%s: nothing catches an error of end: the work is done, and repair frees the lock',
    async (file) => {
      const { error, invoked } = await run(file, { end: 'Broken' });

      expect({ error, last: invoked.at(-1) }).toEqual({ error: 'Broken', last: 'end' });
    },
  );

  it.each(FILES)(
    '%s: every Catch leads to fail, which no success passes, except for what continues on the worker',
    (file) => {
      const others = statesOf(file).flatMap(([state, { Catch = [] }]) =>
        Catch.filter(({ Next }) => Next !== 'fail').map(({ ErrorEquals, Next }) => [state, ErrorEquals, Next]),
      );

      expect(others).toEqual(GO_ON[file] ?? []);
    },
  );
});

describe('the worker', () => {
  it.each(ON_WORKER)('%s: replaces %s with %s, if chosen', async (file, node, state) => {
    const onWorker = new Map<string, string>(
      ON_WORKER.flatMap(([of, each, name]) => (of === file ? [[each, name]] : [])),
    );

    const { invoked } = await run(file, {}, 'fargate');

    expect(invoked).toEqual(WORKFLOWS[file].map((each) => onWorker.get(each) ?? each));
    expect(invoked[WORKFLOWS[file].indexOf(node as never)]).toBe(state);
  });

  it('takes over a backup that its function had no time for', async () => {
    expect(await run('backup-cluster.asl.json', { backup: OUT_OF_TIME })).toEqual({
      invoked: ['chooseExecutor', 'backup', 'backupOnWorker', 'updateBackupRecord', 'end'],
    });
  });

  it("takes over a drill's comparison that its function had no time for, which is not retried there", async () => {
    expect(await run('restore-drill.asl.json', { verifyRestore: OUT_OF_TIME })).toEqual({
      invoked: [...WORKFLOWS['restore-drill.asl.json'].slice(0, -1), 'verifyRestoreOnWorker', 'end'],
    });
  });

  it.each(ON_WORKER.slice(1, -1))(
    '%s: does not take over if %s ran out of time: tables are in the way',
    async (file, node) => {
      const { error, invoked } = await run(file, { [node]: OUT_OF_TIME });

      expect({ error, last: invoked.slice(-2) }).toEqual({ error: OUT_OF_TIME, last: [node, 'fail'] });
    },
  );

  it.each(ON_WORKER)('%s: its error instead of %s goes through fail', async (file, _node, state) => {
    for (const name of ['TypeError', 'States.HeartbeatTimeout', 'States.Timeout', ...NON_RETRYABLE]) {
      const { error, cause, invoked } = await run(file, { [state]: name }, 'fargate');

      expect({ error, last: invoked.slice(-2) }).toEqual({
        error: name.startsWith('States.') ? 'NodeDied' : name,
        last: [state, 'fail'],
      });
      expect(cause).toContain('injected');
    }
  });

  it.each(ON_WORKER)('%s: learns that it replaces %s in %s, and how often to send heartbeats', (file, node, state) => {
    const { HeartbeatSeconds, Parameters } = statesOf(file).find(([name]) => name === state)?.[1] ?? {};

    expect(Parameters).toHaveProperty('Overrides.ContainerOverrides.0.Environment', [
      { Name: 'TASK_TOKEN', 'Value.$': '$$.Task.Token' },
      { Name: 'NODE', Value: node },
      { Name: 'NODE_INPUT', 'Value.$': 'States.JsonToString($)' },
      { Name: 'HEARTBEAT_SECONDS', Value: String(HeartbeatSeconds) },
    ]);
  });
});

it.each(['restore-new-cluster.asl.json', 'restore-drill.asl.json'] as const)(
  '%s: from the choice on no long values are passed on, and each node parses its input',
  async (file) => {
    const told = new Map<string, unknown>();
    const node = (name: string, answer: object) => [
      name,
      (input: unknown) => {
        told.set(name, input);
        return answer;
      },
    ];
    const parameters = { size: 'x'.repeat(10_000) };
    const readyTime = '2026-03-01T10:01:00.000Z';

    await runWorkflow(
      file,
      { ...INPUT, parameters },
      {
        ...Object.fromEntries([
          node('createCluster', {}),
          node('waitClusterReady', { readyTime }),
          node('chooseExecutor', { executor: 'fargate' }),
          node('restoreNewClusterOnWorker', {}),
          node('verifyRestoreOnWorker', {}),
          node('end', {}),
        ]),
      },
    );

    expect(told.get('createCluster')).toHaveProperty('parameters', parameters);
    expect(JSON.stringify(told.get('chooseExecutor')).length).toBeLessThan(1_000);
    for (const name of ['restoreNewClusterOnWorker', 'verifyRestoreOnWorker']) {
      if (file === 'restore-new-cluster.asl.json' && name === 'verifyRestoreOnWorker') continue;
      expect(environmentOf(told.get(name)).NODE_INPUT?.length).toBeLessThan(1_000);
      expect(newClusterInput.parse(JSON.parse(environmentOf(told.get(name)).NODE_INPUT ?? ''))).toEqual({
        ...INPUT,
        parameters: {},
      });
    }
    if (file === 'restore-drill.asl.json') {
      const input = JSON.parse(environmentOf(told.get('verifyRestoreOnWorker')).NODE_INPUT ?? '');
      expect(verifyRestoreInput.parse(input).ready).toEqual({ readyTime });
    }
  },
);

/** Environment of an ECS task, by name. */
function environmentOf(parameters: unknown): Record<string, string> {
  const { Overrides } = parameters as {
    Overrides: { ContainerOverrides: { Environment: { Name: string; Value: string }[] }[] };
  };
  return Object.fromEntries(Overrides.ContainerOverrides[0]?.Environment.map(({ Name, Value }) => [Name, Value]) ?? []);
}

describe('a non-retryable error', () => {
  it.each(WORKERS.flatMap(([file, node]) => NON_RETRYABLE.map((name) => [file, node, name] as const)))(
    '%s: %s is invoked once for %s, and then fail once',
    async (file, node, name) => {
      const { error, invoked } = await run(file, { [node]: name });

      expect(error).toBe(name);
      expect(invoked.filter((state) => state === node || state === 'fail')).toEqual([node, 'fail']);
    },
  );

  it('is any that the table of failures does not call retryable', () => {
    expect(RETRY_POLICIES.None.ErrorEquals).toEqual(NON_RETRYABLE);
  });
});

describe('an error named in a definition', () => {
  const retriers = FILES.flatMap((file) => statesOf(file).flatMap(([, { Retry = [] }]) => Retry));
  const catchers = FILES.flatMap((file) => statesOf(file).flatMap(([, { Catch = [] }]) => Catch));
  /** AWS's own names contain a dot. */
  const ownNames = (all: readonly { readonly ErrorEquals: readonly string[] }[]) =>
    new Set(all.flatMap(({ ErrorEquals }) => ErrorEquals).filter((name) => !name.includes('.')));

  it('is in the table of failures, or is that of a `fail` node', () => {
    const known = [...ownNames([...retriers, ...catchers])].filter((name) => !isNodeFailureName(name));

    expect(known).toEqual([CleanupFailed.NAME]);
  });

  it('is retried only if the table calls it retryable', () => {
    const retried = ownNames(retriers.filter(({ MaxAttempts }) => MaxAttempts > 0));

    expect([...retried].filter((name) => NON_RETRYABLE.some((each) => each === name))).toEqual([]);
    expect(retried).toContain('ClusterBusy');
  });
});

describe('a retryable error', () => {
  it.each([
    ['backup-cluster.asl.json', 'backup', 'Lambda.TooManyRequestsException', 35],
    // The new run looks up what happened to its BACKUP.
    ['backup-cluster.asl.json', 'backup', 'Lambda.Unknown', 7],
    ['backup-cluster.asl.json', 'backupOnWorker', 'States.HeartbeatTimeout', 2],
    ['backup-cluster.asl.json', 'backup', 'TidbUnreachable', 1],
    ['backup-cluster.asl.json', 'backupOnWorker', WORKER_INTERRUPTED, 5],
    ['backup-cluster.asl.json', 'backupOnWorker', 'AmazonECS.Unknown', 8],
    ['backup-cluster.asl.json', 'updateBackupRecord', 'ThrottlingException', 6],
    ['backup-cluster.asl.json', 'end', 'ThrottlingException', 27],
    ['restore-exist-cluster.asl.json', 'restoreFromSrcCluster', 'Lambda.TooManyRequestsException', 35],
    // The new run looks up what happened to its RESTORE.
    ['restore-exist-cluster.asl.json', 'restoreFromSrcCluster', 'Lambda.Unknown', 7],
    ['restore-exist-cluster.asl.json', 'restoreFromSrcCluster', 'TidbConnectionLost', 1],
    ['restore-exist-cluster.asl.json', 'restoreOnWorker', 'States.HeartbeatTimeout', 2],
    ['restore-new-cluster.asl.json', 'restoreNewClusterOnWorker', 'States.HeartbeatTimeout', 2],
    ['restore-drill.asl.json', 'restoreNewClusterOnWorker', 'States.HeartbeatTimeout', 2],
    ['restore-exist-cluster.asl.json', 'restoreOnWorker', 'AmazonECS.Unknown', 8],
    // What it has restored is in the way of another.
    ['restore-exist-cluster.asl.json', 'restoreOnWorker', WORKER_INTERRUPTED, 1],
    ['restore-new-cluster.asl.json', 'restoreNewClusterOnWorker', WORKER_INTERRUPTED, 1],
    ['restore-new-cluster.asl.json', 'createCluster', 'ProvisionerFailed', 6],
    ['restore-new-cluster.asl.json', 'createCluster', 'ProvisionerNotReady', 26],
    ['restore-drill.asl.json', 'waitClusterReady', 'ProvisionerNotReady', 26],
    ['restore-drill.asl.json', 'verifyRestore', 'TidbUnreachable', 6],
    // As long again, on a cluster that costs money.
    ['restore-drill.asl.json', 'verifyRestore', OUT_OF_TIME, 1],
    ['restore-drill.asl.json', 'verifyRestore', 'Sandbox.Timedout', 1],
    ['restore-drill.asl.json', 'verifyRestoreOnWorker', WORKER_INTERRUPTED, 5],
    ['restore-drill.asl.json', 'verifyRestoreOnWorker', OUT_OF_TIME, 1],
    ['restore-drill.asl.json', 'verifyRestoreOnWorker', 'States.HeartbeatTimeout', 2],
    ['restore-new-cluster.asl.json', 'waitClusterReady', 'ClusterNotReady', 90],
    ['restore-new-cluster.asl.json', 'waitClusterReady', 'TidbUnreachable', 6],
    ['delete-backup.asl.json', 'deleteBackupFiles', 'ClusterBusy', 254],
    ['delete-backup.asl.json', 'deleteBackupFiles', 'FilesRemain', 6],
    ['undelete-backup.asl.json', 'undeleteBackup', 'ClusterBusy', 254],
    ['undelete-backup.asl.json', 'undeleteBackup', 'FilesLost', 1],
  ] as const)('%s: %s that throws %s each time is invoked %i times', async (file, node, name, times) => {
    const { invoked } = await run(file, { [node]: name }, /OnWorker$/.test(node) ? 'fargate' : 'lambda');

    expect(invoked.filter((state) => state === node)).toHaveLength(times);
  });
});

describe('a fail node', () => {
  it.each(FILES)('of %s is retried if it cannot clean up', async (file) => {
    const { error, invoked } = await run(file, { [WORKFLOWS[file][0]]: 'BackupFailed', fail: CleanupFailed.NAME });

    expect(error).toBe(CleanupFailed.NAME);
    expect(invoked.filter((state) => state === 'fail').length).toBeGreaterThan(5);
  });

  it.each(FILES)('of %s that has done its work is not retried for the error that it rethrows', async (file) => {
    const [node] = WORKFLOWS[file];
    const fail = statesOf(file).find(([name]) => name === 'fail')?.[1];
    const own = fail?.Retry?.flatMap(({ ErrorEquals }) => ErrorEquals) ?? [];

    for (const name of own) {
      const { error, cause, invoked } = await run(file, { [node]: name });

      expect({ error, last: invoked.slice(-2) }).toEqual({ error: 'NodeDied', last: [node, 'fail'] });
      expect(cause).toContain(`${name}: injected`);
    }
    expect(own).toContain('Sandbox.Timedout');
  });
});

describe('a deletion', () => {
  /** @param answers of the node, in order */
  async function run(...answers: object[]) {
    const times: number[] = [];
    const { invoked } = await runWorkflow(
      'delete-backup.asl.json',
      { workFlowId: 'w' },
      {
        deleteBackupFiles({ startTime }: { startTime: string }) {
          expect(Date.parse(startTime)).toBeLessThanOrEqual(Date.now());
          times.push(Date.now());
          return answers.shift();
        },
        end: () => null,
      },
    );
    return { invoked, times };
  }

  it('with locked files waits until the time that its node names, and continues', async () => {
    const waitUntil = new Date(Date.now() + 60);

    const { invoked, times } = await run({ areGone: false, waitUntil: waitUntil.toISOString() }, { areGone: true });

    expect(invoked).toEqual(['deleteBackupFiles', 'deleteBackupFiles', 'end']);
    // A Node timer may fire a millisecond early.
    expect(times[1]).toBeGreaterThanOrEqual(waitUntil.getTime() - 1);
  });

  it.each([
    ['that ran out of time continues at once', { areGone: false }, ['deleteBackupFiles', 'end']],
    ['whose files are locked for longer than it may run ends', { areGone: false, isLeft: true }, ['end']],
  ])('%s', async (_case, answer, states) => {
    const { invoked } = await run(answer, { areGone: true });

    expect(invoked).toEqual(['deleteBackupFiles', ...states]);
  });
});

describe('a success', () => {
  const endOf = (file: string) => statesOf(file).find(([name]) => name === 'end')?.[1];

  it.each(FILES.filter(endOf))('%s: survives hours in which `end` cannot be invoked, for any reason', (file) => {
    const end = endOf(file);

    expect(end?.Retry?.at(-1)).toEqual(RETRY_POLICIES.UntilDone);
    expect(RETRY_POLICIES.UntilDone.ErrorEquals).toEqual(['States.ALL']);
  });
});

/** Lambda refuses to invoke a function whose network or file system it must set up first. */
const NOT_READY = [
  'ResourceNotReadyException',
  'ENINotReadyException',
  'ENILimitReachedException',
  'SubnetIPAddressLimitReachedException',
  'EC2ThrottledException',
  'EC2UnexpectedException',
  'EFSMountConnectivityException',
  'EFSMountFailureException',
  'EFSMountTimeoutException',
  'EFSIOException',
  'ResourceConflictException',
].map((name) => `Lambda.${name}`);

/** Lambda failed, or a function's process ended. */
const TRANSIENT = [
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Runtime.OutOfMemory',
];

const MINUTE = 60;

describe('every state that invokes a function', () => {
  const STATES = FILES.flatMap((file) =>
    statesOf(file)
      .filter(([, { Resource }]) => Resource?.endsWith('FunctionArn}'))
      .map(([name, state]) => [file, name, state.Retry ?? []] as const),
  );

  /** The first policy that names an error waits for it. */
  const policyFor = (error: string, retry: readonly RetryPolicy[]) =>
    retry.find(({ ErrorEquals }) => ErrorEquals.some((each) => each === error || each === 'States.ALL'));
  const waitFor = (error: string, retry: readonly RetryPolicy[]) => {
    const policy = policyFor(error, retry);
    return policy === undefined ? 0 : longestWait(policy);
  };

  it.each(STATES)('%s: %s survives the ten minutes in which Lambda wakes an idle function', (_file, _name, retry) => {
    // The average is half of the longest wait.
    for (const error of NOT_READY) expect(waitFor(error, retry) / 2, error).toBeGreaterThan(15 * MINUTE);
  });

  it.each(STATES)('%s: %s survives a lack of concurrency', (_file, name, retry) => {
    // `end` and `fail` have repair beside them.
    const hours = { end: 8, fail: 0.5 }[name] ?? 24;

    expect(waitFor('Lambda.TooManyRequestsException', retry)).toBeGreaterThan(0.98 * hours * 60 * MINUTE);
    expect(waitFor('Lambda.TooManyRequestsException', retry)).toBeLessThan(1.02 * 24 * 60 * MINUTE);
  });

  it.each(STATES)('%s: %s survives a transient fault', (_file, _name, retry) => {
    for (const error of TRANSIENT) expect(policyFor(error, retry)?.MaxAttempts ?? 0, error).toBeGreaterThan(1);
  });
});

it('runs a scratch backup and restore only if a check requests them', async () => {
  const check = async (maintenanceStatusChange: boolean) => {
    const nodes = { checkCluster: () => null, checkScratch: () => null };
    return (await runWorkflow('check-cluster.asl.json', { ...INPUT, maintenanceStatusChange }, nodes)).invoked;
  };

  expect(await check(false)).toEqual(['checkCluster']);
  expect(await check(true)).toEqual(['checkCluster', 'checkScratch']);
});

describe('the retry policies', () => {
  /** In total, in seconds, as the policies' comments say. */
  const BOUNDS: Record<keyof typeof RETRY_POLICIES, number> = {
    None: 0,
    OutOfTime: 0,
    Throttled: 24 * 3_600,
    Refused: 40 * 60,
    ProvisionerNotReady: 40 * 60,
    Transient: 300,
    WorkerNotStarted: 620,
    WorkerInterrupted: 300,
    HeartbeatMissed: 1,
    Default: 31,
    UntilDone: 8 * 3_600,
    Cleanup: 31,
    Destruction: 2 * 3_600,
    FunctionCrashed: 3,
    ClusterBusy: 24 * 3_600,
    ClusterNotReady: 4 * 3_600,
  };
  const policies = Object.entries(RETRY_POLICIES) as [keyof typeof RETRY_POLICIES, RetryPolicy][];

  it.each(policies)('%s waits as documented, with jitter', (name, policy) => {
    expect(longestWait(policy)).toBeGreaterThanOrEqual(0.98 * BOUNDS[name]);
    expect(longestWait(policy)).toBeLessThanOrEqual(1.02 * BOUNDS[name]);
    if (policy.MaxAttempts > 0) expect(policy.JitterStrategy).toBe('FULL');
  });

  /** Everything that Lambda may answer in place of the function, and how its process may die. */
  const REFUSED = [
    ...['Lambda.TooManyRequestsException', 'Lambda.ResourceNotReadyException', 'Lambda.ENILimitReachedException'],
    'Lambda.EFSMountConnectivityException',
  ];
  const MAY_HAVE_RUN = [
    ...['Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException'],
    ...['Lambda.ClientExecutionTimeoutException', 'Lambda.Unknown', 'Runtime.ExitError', 'Runtime.OutOfMemory'],
  ];
  const invoking = FILES.flatMap((file) =>
    statesOf(file)
      .filter(([, { Type, Resource = '' }]) => Type === 'Task' && !Resource.includes(':states:::'))
      .map(([state, { Retry = [] }]) => [file, state, Retry] as const),
  );

  it.each(invoking)('in %s let no single fault of Lambda end %s', (_file, state, retriers) => {
    // Only `fail` knows what a scratch check has left that may have run.
    const faults = state === 'checkScratch' ? REFUSED : [...REFUSED, ...MAY_HAVE_RUN];
    const attempts = faults.map((error) => {
      const matching = ['States.ALL', 'States.TaskFailed', error];
      return [
        error,
        retriers.find(({ ErrorEquals }) => ErrorEquals.some((each) => matching.includes(each)))?.MaxAttempts ?? 0,
      ];
    });

    expect(attempts.filter(([, count]) => Number(count) < 2)).toEqual([]);
  });

  it('are shared: no state has its own', () => {
    const named = new Set(policies.map(([, policy]) => JSON.stringify(policy)));
    const used = FILES.flatMap((file) =>
      statesOf(file).flatMap(([, { Retry = [] }]) => Retry.map((policy) => JSON.stringify(policy))),
    );

    expect(new Set(used)).toEqual(named);
  });

  it.each(FILES)('keep the history of %s below the thousand events that one call returns', (file) => {
    // For each state, the longest series of retries. Scheduled, started and failed for each attempt; entered and exited for each state;
    // start and end of the run.
    const events = statesOf(file).map(
      ([, { Retry = [] }]) => 3 * (1 + Math.max(0, ...Retry.map(({ MaxAttempts }) => MaxAttempts))) + 2,
    );

    expect(events.reduce((sum, count) => sum + count, 2)).toBeLessThan(1_000);
  });
});
