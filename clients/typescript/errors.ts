import { ERROR_NAMES } from './api.ts';

export type ErrorName = (typeof ERROR_NAMES)[keyof typeof ERROR_NAMES];

interface Refusal {
  /** As in the table of routes: `POST /backups`. */
  readonly route: string;
  readonly httpStatus: number;
  readonly correlationId?: string | undefined;
  /** The answer's body, if it was JSON. */
  readonly body: unknown;
}

/** A failure that the API answered. `message` says what was wrong and what would be right. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly route: string;
  readonly httpStatus: number;
  /** From the service's table of errors; `undefined` if API Gateway refused the request. */
  readonly code: number | undefined;
  readonly errorName: ErrorName | undefined;
  readonly details: unknown;
  /** Identifies the request in the service's logs. */
  readonly correlationId: string | undefined;

  constructor({ route, httpStatus, correlationId, body }: Refusal) {
    super(messageOf(body) ?? `HTTP ${httpStatus} without a message: is this the address of a tidb-backup API?`);
    this.route = route;
    this.httpStatus = httpStatus;
    this.code = codeOf(body);
    this.errorName = nameOf(this.code);
    this.details = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined;
    this.correlationId = correlationId;
  }

  /** What the caller can do about it. */
  get whatToDo(): string {
    if (this.errorName !== undefined && this.errorName in BY_NAME) return BY_NAME[this.errorName] ?? '';
    return BY_STATUS[this.httpStatus] ?? (this.httpStatus >= 500 ? ASK_OPERATORS : CORRECT);
  }
}

/** No answer arrived: the request may or may not have been carried out. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly route: string;
  readonly whatToDo = 'Check the address of the API and your connection to it.';

  constructor(route: string, cause: unknown) {
    super(`no answer from the API: ${reasonOf(cause)}`, { cause });
    this.route = route;
  }
}

const CORRECT = 'Correct the request as the message says.';
const ASK_OPERATORS =
  "Try again later. If it fails again, look for the correlation id in the service's logs, and for the alarm in its runbook.";

const BY_NAME: Partial<Record<ErrorName, string>> = {
  TIEM_CLUSTER_NOT_FOUND: 'List the registered clusters for the right id, or register this one.',
  TIEM_BACKUP_RECORD_NOT_FOUND: "List the cluster's backups for the right id.",
  TIEM_CLUSTER_MAINTENANCE_CONFLICT: 'See which operation holds the cluster, and try again when it has ended.',
  TIEM_BACKUP_RECORD_INVALID: 'Look at the backup: its status does not allow this.',
  TIEM_BACKUP_SYSTEM_CONFIG_INVAILD: 'Check the configuration, and correct what the check finds.',
  TIEM_UNAUTHORIZED_USER: 'Sign in again: the credentials are missing, expired or not of this deployment.',
};

const BY_STATUS: Readonly<Record<number, string>> = {
  401: BY_NAME.TIEM_UNAUTHORIZED_USER ?? '',
  403: "Ask for the policy or scope that allows this; the deployment's outputs name one policy per role.",
  413: 'Send less at once: a request holds at most 64 KiB.',
  429: 'Wait a few seconds, then send it again.',
  503: 'Wait a few seconds, then send it again, with the same idempotency key if it changes something.',
};

const NAMES: ReadonlyMap<number, ErrorName> = new Map(
  Object.entries(ERROR_NAMES).map(([code, name]) => [Number(code), name]),
);

function nameOf(code: number | undefined): ErrorName | undefined {
  return code === undefined ? undefined : NAMES.get(code);
}

function codeOf(body: unknown): number | undefined {
  if (typeof body !== 'object' || body === null || !('code' in body)) return undefined;
  return typeof body.code === 'number' ? body.code : undefined;
}

function messageOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('message' in body)) return undefined;
  return typeof body.message === 'string' ? body.message : undefined;
}

/** `fetch` only says that it failed; its cause says why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause, message } = error;
  if (cause instanceof Error && cause.message !== '') return cause.message;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : message;
}
