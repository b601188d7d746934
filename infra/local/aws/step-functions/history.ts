/** One event of an execution's history, with the details member of its type (`stateEnteredEventDetails`, …). */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly type: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

/** The events of one execution, numbered from 1. */
export class History {
  readonly #events: HistoryEvent[] = [];
  #closed = false;

  /** Adds an event, unless the execution has ended: what its last task does afterwards does not belong to it. */
  record(type: string, details?: Record<string, unknown>): void {
    if (this.#closed) return;
    const id = this.#events.length + 1;
    // The first state's entry refers to 0, not to ExecutionStarted, as in AWS's histories.
    const previousEventId = id <= 2 ? 0 : id - 1;
    this.#events.push({ id, previousEventId, timestamp: Date.now(), type, details });
  }

  close(): void {
    this.#closed = true;
  }

  get events(): readonly HistoryEvent[] {
    return this.#events;
  }
}

/** Data of an event: JSON text. AWS truncates it above 256 KiB; here that size is refused earlier. */
export function eventData(member: 'input' | 'output', value: unknown): Record<string, unknown> {
  return { [member]: JSON.stringify(value), [`${member}Details`]: { truncated: false } };
}

const DETAILS_MEMBERS: Readonly<Record<string, string>> = {
  StateEntered: 'stateEnteredEventDetails',
  StateExited: 'stateExitedEventDetails',
};

/** An event in the format of `GetExecutionHistory`. */
export function describeEvent(event: HistoryEvent, includeExecutionData: boolean): Record<string, unknown> {
  const { id, previousEventId, timestamp, type, details } = event;
  const common = { id, previousEventId, timestamp: timestamp / 1000, type };
  if (details === undefined) return common;
  const shown = includeExecutionData ? details : withoutData(details);
  return { ...common, [detailsMember(type)]: shown };
}

function detailsMember(type: string): string {
  const stateEvent = /State(Entered|Exited)$/.exec(type)?.[0];
  if (stateEvent !== undefined) return DETAILS_MEMBERS[stateEvent] ?? '';
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}

function withoutData(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { input, inputDetails, output, outputDetails, ...rest } = details;
  return rest;
}
