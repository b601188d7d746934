import type { RunningTask } from '../../infra/local/aws/ecs/ecs-tasks.ts';
import type { InvocationStart } from '../../infra/local/aws/lambda/lambda-function.ts';
import type { Point } from './fault.ts';

/** A running function or worker. */
export interface RunningInvocation {
  readonly label: string;
  readonly pid: number;
  /** The scenario that its event names; `undefined` for a sweep, which works on all. */
  readonly scenarioId: string | undefined;
  /** Numbers the invocation's next call of this name for a scenario. */
  point(scenarioId: string, call: string): Point;
}

/** A scenario's id is part of the ids of its cluster and backups, and so appears in nearly every call. */
export const SCENARIO_ID = /\bscene-\d{5}\b/;

/** Knows what each process is running. */
export class Invocations {
  readonly #byPid = new Map<number, RunningInvocation>();
  readonly #waiting = new Set<() => void>();

  begin({ logicalId, pid, payload }: InvocationStart): void {
    this.#add(pid, labelOf(logicalId, payload), payload);
  }

  /** A task does one thing and ends. */
  beginTask({ pid, overrides: { NODE, NODE_INPUT = '' } }: RunningTask): void {
    this.#add(pid, `Worker ${NODE}`, NODE_INPUT);
  }

  end(pid: number | undefined): void {
    if (pid !== undefined) this.#byPid.delete(pid);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #add(pid: number, label: string, payload: string): void {
    const counts = new Map<string, number>();
    this.#byPid.set(pid, {
      label,
      pid,
      scenarioId: SCENARIO_ID.exec(payload)?.[0],
      point(scenarioId, call) {
        const key = `${scenarioId} ${call}`;
        const ordinal = (counts.get(key) ?? 0) + 1;
        counts.set(key, ordinal);
        return { invocation: label, call, ordinal };
      },
    });
  }

  of(pid: number | undefined): RunningInvocation | undefined {
    return pid === undefined ? undefined : this.#byPid.get(pid);
  }

  /** In order of start. */
  workingOn(scenarioId: string): RunningInvocation[] {
    return [...this.#byPid.values()].filter((each) => each.scenarioId === scenarioId);
  }

  /** Resolves when the next invocation ends. */
  nextEnd(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }
}

/** `ApiCommandFunctionA5AB41BA` and its event become `ApiCommand POST /backups`. */
function labelOf(logicalId: string, payload: string): string {
  const name = logicalId.replace(/Function[0-9A-F]{8}$/, '');
  const event: { requestContext?: { http?: { method: string; path: string } } } | null = JSON.parse(payload);
  const http = event?.requestContext?.http;
  if (http === undefined) return name;
  return `${name} ${http.method} ${http.path.replace('/api/v1', '').replace(/\/scene-\d{5}[^/]*/, '/{id}')}`;
}
