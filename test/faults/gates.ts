import { setTimeout as delay } from 'node:timers/promises';
import { assertNever } from '../../functions/domain/shared/assert-never.ts';
import type { AwsService } from '../../infra/local/aws/aws-call.ts';
import { AwsError } from '../../infra/local/aws/aws-error.ts';
import type { Admission, AwsGate, PendingAwsCall, Release } from '../../infra/local/aws/gate.ts';
import { type Fault, isStatement, type Point } from './fault.ts';
import { type Invocations, type RunningInvocation, SCENARIO_ID } from './invocations.ts';
import type { Scenario } from './scenario.ts';
import { CONNECT, type SqlAdmission, type SqlGate } from './sql-door.ts';

interface ServiceErrors {
  readonly throttled: readonly [name: string, status: number];
  readonly failed: readonly [name: string, status: number];
}

/** The services' answers to throttled calls, and to calls that fail. */
const ERRORS: Readonly<Partial<Record<AwsService, ServiceErrors>>> = {
  dynamodb: { throttled: ['ThrottlingException', 400], failed: ['InternalServerError', 500] },
  s3: { throttled: ['SlowDown', 503], failed: ['InternalError', 500] },
  lambda: { throttled: ['TooManyRequestsException', 429], failed: ['ServiceException', 500] },
};
const OTHER_ERRORS: ServiceErrors = { throttled: ['ThrottlingException', 400], failed: ['InternalFailure', 500] };

const SQL_THROTTLED = { errno: 9003, message: 'TiKV server is busy' };
const SQL_FAILED = { errno: 1105, message: 'an internal error' };
const TOO_MANY_CONNECTIONS = { errno: 1040, message: 'Too many connections' };

/** Only nodes talk to TiDB, in functions or on the worker; one at a time per workflow. */
const NODE = /^(?:Worker|BackupCluster|RestoreExistCluster|RestoreNewCluster|RestoreDrill|DeleteBackup|ChecksCheck)/;

/** How long a connection stays silent before keep-alive notices that the other side is gone. */
const SILENCE_MS = 300;

/** A step of a flow that others wait for arrives within this time, or not at all. */
const STEP_MS = 2_000;

interface Met {
  readonly scenario: Scenario;
  readonly point: Point;
  readonly by: RunningInvocation;
  readonly fault: Fault | undefined;
}

export interface Scenes {
  /** The scenario with this id. */
  find(scenarioId: string): Scenario | undefined;
  /** The scenario that a sweep runs for. */
  sweptBy(label: string): Scenario | undefined;
}

/** Applies the scenarios' faults at the AWS endpoints. */
export function awsGate(invocations: Invocations, scenes: Scenes): AwsGate {
  /** By SDK call: its repetitions count as one. */
  const met = new Map<string, Met>();
  const keyOf = ({ callerPid, invocationId }: PendingAwsCall) => `${callerPid} ${invocationId}`;

  const meet = (call: PendingAwsCall): Met | undefined => {
    const known = met.get(keyOf(call));
    const by = invocations.of(call.callerPid);
    if (known !== undefined || by === undefined) return known;
    const scenario = scenarioOf(by, call.input, scenes);
    if (scenario === undefined) return undefined;
    recordStart(scenario, call);
    const point = by.point(scenario.id, callName(call));
    const first = { scenario, point, by, fault: scenario.meet(point, by) };
    met.set(keyOf(call), first);
    return first;
  };

  return {
    async before(call): Promise<Admission> {
      const { fault } = meet(call) ?? {};
      switch (fault) {
        case undefined:
        case 'killed after':
        case 'answer lost':
          return 'go';
        case 'killed before':
          kill(call.callerPid);
          return 'cut';
        case 'throttled':
          return awsError((ERRORS[call.service] ?? OTHER_ERRORS).throttled);
        case 'server error':
          return awsError((ERRORS[call.service] ?? OTHER_ERRORS).failed);
        case 'timeout':
          // An invocation may last minutes.
          if (call.service === 'lambda') await delay(SILENCE_MS);
          // The error is that of the last attempt, so one is enough to wait for.
          return isLastAttempt(call) && call.service !== 'lambda' ? 'hang' : 'cut';
        case 'connection reset':
          return 'cut';
        default:
          return assertNever(fault);
      }
    },

    after(call): Release {
      const known = met.get(keyOf(call));
      if (known === undefined) return 'send';
      const { scenario, point, by, fault } = known;
      scenario.answered(point, by);
      // The node has nothing else to do then.
      if (scenario.mayLook.isReached) scenario.hasLooked.reach();
      if (fault === 'killed after') kill(call.callerPid);
      return fault === 'killed after' || fault === 'answer lost' ? 'cut' : 'send';
    },
  };
}

/** A sweep works on all scenarios: the call itself must say which one it concerns; otherwise it belongs to the sweep's own. */
function scenarioOf({ scenarioId, label }: RunningInvocation, input: unknown, scenes: Scenes): Scenario | undefined {
  const id = scenarioId ?? SCENARIO_ID.exec(JSON.stringify(input) ?? '')?.[0];
  return id === undefined ? scenes.sweptBy(label) : scenes.find(id);
}

/** With the table's name, since an invocation may read several at once. */
function callName({ action, input }: PendingAwsCall): string {
  const table = typeof input === 'object' && input !== null && 'TableName' in input ? String(input.TableName) : '';
  const [, name] = /Tables([A-Z][a-z]+)/.exec(table) ?? [];
  return name === undefined ? action : `${action} ${name}`;
}

function isLastAttempt({ attempt, headers }: PendingAwsCall): boolean {
  return attempt >= Number(/max=(\d+)/.exec(String(headers['amz-sdk-request']))?.[1] ?? 1);
}

function recordStart(scenario: Scenario, { action, input }: PendingAwsCall): void {
  if (action !== 'StartExecution') return;
  const { stateMachineArn, name } = input as { stateMachineArn: string; name: string };
  scenario.executions.add(`${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`);
}

function awsError([name, status]: ServiceErrors['throttled']): AwsError {
  return new AwsError(name, `injected ${name}`, status);
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is already dead.
  }
}

/** Applies one scenario's faults at its cluster's TiDB. One gate per connection. */
export function sqlGate(invocations: Invocations, scenario: Scenario): SqlGate {
  let current: Met | undefined;

  return {
    async before(statement): Promise<SqlAdmission> {
      const by = invocations.workingOn(scenario.id).findLast(({ label }) => NODE.test(label));
      if (by === undefined) return 'go';
      const call = firstWords(statement);
      const point = by.point(scenario.id, call);
      const fault = scenario.meet(point, by);
      current = { scenario, point, by, fault };
      // No one waits for what will not come.
      if (isStatement(point) && fault !== undefined) scenario.mayLook.reach();
      if (isLook(call)) await scenario.mayLook.within(STEP_MS);
      switch (fault) {
        case undefined:
        case 'killed after':
        case 'answer lost':
          if (isStatement(point)) scenario.sent.reach();
          return 'go';
        case 'killed before':
          kill(by.pid);
          return 'cut';
        case 'throttled':
          return call === CONNECT ? TOO_MANY_CONNECTIONS : SQL_THROTTLED;
        case 'server error':
          return SQL_FAILED;
        case 'timeout':
          if (!isStatement(point)) return 'hang';
          await delay(SILENCE_MS);
          return 'cut';
        case 'connection reset':
          return 'cut';
        default:
          return assertNever(fault);
      }
    },

    async after() {
      if (current === undefined) return 'send';
      const { point, by, fault } = current;
      if (isStatement(point) && fault === undefined) {
        scenario.mayLook.reach();
        await scenario.hasLooked.within(STEP_MS);
      }
      scenario.answered(point, by);
      // A restore records nothing in DynamoDB.
      if (point.call === 'SHOW RESTORES') scenario.hasLooked.reach();
      if (fault === 'killed after') kill(by.pid);
      return fault === 'killed after' || fault === 'answer lost' ? 'cut' : 'send';
    },
  };
}

/** Without comments. */
function firstWords(statement: string): string {
  const plain = statement.replaceAll(/\/\*.*?\*\//gs, ' ').trim();
  return /^\w+(?:\s+\w+)?/.exec(plain)?.[0].replaceAll(/\s+/g, ' ') ?? statement;
}

function isLook(call: string): boolean {
  return call === 'SHOW BACKUPS' || call === 'SHOW RESTORES';
}
