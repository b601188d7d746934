/** Ways in which a call fails without having been carried out. */
export const REFUSALS = ['throttled', 'server error', 'timeout', 'connection reset'] as const;

/** What befalls a call that leaves a process. */
export const FAULTS = ['killed before', 'killed after', 'answer lost', ...REFUSALS] as const;
export type Fault = (typeof FAULTS)[number];

export function isRefusal(fault: Fault): fault is (typeof REFUSALS)[number] {
  return REFUSALS.some((refusal) => refusal === fault);
}

/** One call of one kind of invocation, as a recorded run has made it. */
export interface Point {
  /** The function, and of the API's also its route: `ApiCommand POST /backups`. */
  readonly invocation: string;
  /** `UpdateItem`, `ListObjectsV2`; of SQL its first words: `BACKUP DATABASE`. */
  readonly call: string;
  /** Among the invocation's calls of this name, from 1. Repetitions by an SDK are one call. */
  readonly ordinal: number;
}

export function nameOf({ invocation, call, ordinal }: Point): string {
  return `${invocation}: ${call} ${ordinal}`;
}

/** A fault that is to strike: the first invocation that comes to the point, and no other. */
export interface Aim {
  readonly point: Point;
  readonly fault: Fault;
  /** Every run comes to the point; another may be one more look at a statement, or a cache that had expired. */
  readonly isCertain: boolean;
}

/** Changes nothing outside of the process that makes it: a session's settings and its snapshot end with its connection. */
export function isQuestion({ call }: Point): boolean {
  return /^(?:Get|BatchGet|Query|List|Head|Describe|SELECT|SHOW|CONNECT|SET (?!GLOBAL)|START TRANSACTION|ROLLBACK|ADMIN CHECKSUM)/.test(
    call,
  );
}

/** The statement that backs up or restores. */
export function isStatement({ call }: Point): boolean {
  return call === 'BACKUP DATABASE' || call === 'RESTORE DATABASE';
}
