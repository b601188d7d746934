import { type Aim, type Fault, isQuestion, nameOf, type Point } from './fault.ts';

export interface Answer {
  /** `undefined`: the function died, and the gateway answered. */
  readonly code: number | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A call of a scenario, when sent or answered. */
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

/** One run of a flow on its own cluster, with the faults that strike it. */
export class Scenario {
  readonly id: string;
  readonly flow: string;
  readonly clusterId: string;
  readonly aims: readonly Aim[];
  readonly events: CallEvent[] = [];
  readonly answers: Answer[] = [];
  /** ARNs of the started executions. */
  readonly executions = new Set<string>();
  /** BACKUP or RESTORE has been sent to TiDB. */
  readonly sent = new Moment();
  /** The node may check its statement. */
  readonly mayLook = new Moment();
  /** It has checked, and written the result to DynamoDB. */
  readonly hasLooked = new Moment();
  readonly #struck = new Map<Aim, object>();

  constructor(id: string, flow: string, aims: readonly Aim[], clusterId = id) {
    this.id = id;
    this.flow = flow;
    this.aims = aims;
    this.clusterId = clusterId;
  }

  /** Its last node cannot be invoked for longer than Step Functions retries: repair ends its work. */
  get isWithoutEnd(): boolean {
    return this.flow.endsWith(' without end');
  }

  /** The faults that have not reached their point. */
  get missed(): Aim[] {
    return this.aims.filter((aim) => !this.#struck.has(aim));
  }

  /** Records a call, and returns its fault, if any. @param by the invocation, the only one that meets a fault that it has met */
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
  /** The invocation's calls sent after this one was answered, if nothing was under way in between; otherwise `undefined`. */
  readonly followers: readonly Point[] | undefined;
  /** The invocation's first call. */
  readonly isFirst: boolean;
  /** The first that changes anything. */
  readonly isFirstChange: boolean;
  /** Whether the invocation changes anything. */
  readonly changes: boolean;
  /** The changes before and after it are of the same name, like a record's progress: what one leaves, the others leave. */
  readonly isAmongSame: boolean;
}

export function callsOf({ events }: Scenario): SeenCall[] {
  return events
    .filter(({ kind }) => kind === 'sent')
    .map(({ point, by }) => {
      const own = events.filter((event) => event.by === by);
      const changes = own.filter((event) => event.kind === 'sent' && !isQuestion(event.point));
      const [firstChange] = changes;
      const at = changes.findIndex((event) => event.point === point);
      const isSame = (event: CallEvent | undefined) => event?.point.call === point.call;
      const answered = own.findIndex((event) => event.kind === 'answered' && event.point === point);
      const before = own.slice(0, answered + 1);
      const isAlone = before.filter(({ kind }) => kind === 'sent').length * 2 === before.length;
      const after = own.slice(answered + 1).filter(({ kind }) => kind === 'sent');
      return {
        point,
        followers: answered >= 0 && isAlone ? after.map((event) => event.point) : undefined,
        isFirst: own[0]?.point === point,
        isFirstChange: firstChange?.point === point,
        changes: firstChange !== undefined,
        isAmongSame: at > 0 && isSame(changes[at - 1]) && isSame(changes[at + 1]),
      };
    });
}
