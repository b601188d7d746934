import { type Aim, type Fault, nameOf, type Point } from './fault.ts';

export interface Answer {
  /** Undefined: the function died, and the gateway answered. */
  readonly code: number | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A call that a scenario has seen, as it was sent or answered. */
interface CallEvent {
  readonly kind: 'sent' | 'answered';
  readonly point: Point;
  /** The invocation. */
  readonly by: object;
}

/** A step of a flow that others wait for. */
class Moment {
  readonly #reached = Promise.withResolvers<void>();
  isReached = false;

  reach(): void {
    this.isReached = true;
    this.#reached.resolve();
  }

  /** Resolves when it is reached, or after that time. */
  async within(ms: number): Promise<void> {
    const timer = Promise.withResolvers<void>();
    const timeout = setTimeout(timer.resolve, ms);
    await Promise.race([this.#reached.promise, timer.promise]);
    clearTimeout(timeout);
  }
}

/** One run of a flow on a cluster of its own, with the faults that are to strike it. */
export class Scenario {
  readonly id: string;
  readonly flow: string;
  readonly clusterId: string;
  readonly aims: readonly Aim[];
  readonly events: CallEvent[] = [];
  readonly answers: Answer[] = [];
  /** ARNs of the executions that were started. */
  readonly executions = new Set<string>();
  /** BACKUP or RESTORE has been sent to TiDB. */
  readonly sent = new Moment();
  /** The node may look how its statement is doing. */
  readonly mayLook = new Moment();
  /** It has looked, and has told DynamoDB what it saw. */
  readonly hasLooked = new Moment();
  readonly #struck = new Map<Aim, object>();

  constructor(id: string, flow: string, aims: readonly Aim[], clusterId = id) {
    this.id = id;
    this.flow = flow;
    this.aims = aims;
    this.clusterId = clusterId;
  }

  /** Nobody can invoke its last node, for longer than Step Functions tries: what it has done, repair ends. */
  get isWithoutEnd(): boolean {
    return this.flow.endsWith(' without end');
  }

  /** The aims that have not met their point. */
  get missed(): Aim[] {
    return this.aims.filter((aim) => !this.#struck.has(aim));
  }

  /** Notes a call, and says what befalls it. @param by the invocation, which alone meets an aim that it has met. */
  meet(point: Point, by: object): Fault | undefined {
    this.events.push({ kind: 'sent', point, by });
    const name = nameOf(point);
    const aim = this.aims.find((each) => nameOf(each.point) === name && (this.#struck.get(each) ?? by) === by);
    if (aim === undefined) return undefined;
    this.#struck.set(aim, by);
    return aim.fault;
  }

  answered(point: Point, by: object): void {
    this.events.push({ kind: 'answered', point, by });
  }
}

/** A call of an undisturbed run. */
export interface SeenCall {
  readonly point: Point;
  /** The invocation's calls that were sent after this one was answered, if nothing was under way in between; else undefined. */
  readonly followers: readonly Point[] | undefined;
  /** The invocation's first. */
  readonly isFirst: boolean;
}

export function callsOf({ events }: Scenario): SeenCall[] {
  return events
    .filter(({ kind }) => kind === 'sent')
    .map(({ point, by }) => {
      const own = events.filter((event) => event.by === by);
      const answered = own.findIndex((event) => event.kind === 'answered' && event.point === point);
      const before = own.slice(0, answered + 1);
      const isAlone = before.filter(({ kind }) => kind === 'sent').length * 2 === before.length;
      const after = own.slice(answered + 1).filter(({ kind }) => kind === 'sent');
      return {
        point,
        followers: answered >= 0 && isAlone ? after.map((event) => event.point) : undefined,
        isFirst: own[0]?.point === point,
      };
    });
}
