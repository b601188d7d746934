import { withoutSecrets } from '../../domain/shared/redaction.ts';

/**
 * mysql2's errors without the statement attached to them: it may contain keys, and an error's properties end up in
 * logs.
 */
export class TidbError extends Error {
  override readonly name = 'TidbError';
  /** Private, so that nothing logs it. */
  readonly #raw: string;
  /** TiDB's error number; `undefined` if TiDB did not answer because the connection failed. */
  readonly errno: number | undefined;
  /** The error name of mysql2 or the operating system: `ECONNREFUSED`, `ER_ACCESS_DENIED_ERROR`. */
  readonly code: string;

  /**
   * @param answer the original text
   * @param secrets texts that the message must not contain
   */
  constructor(answer: string, code: string, errno: number | undefined, secrets: readonly string[] = []) {
    super(withoutSecrets(answer, secrets));
    this.#raw = answer;
    this.code = code;
    this.errno = errno;
  }

  /** TiDB's answer, safe to show. */
  get answer(): string {
    return this.errno === undefined ? this.message : `TiDB error ${this.errno}: ${this.message}`;
  }

  /** Whether TiDB's original text matches: the message is masked and truncated, so it cannot be used for that. */
  says(pattern: RegExp): boolean {
    return pattern.test(this.#raw);
  }
}

/** mysql2 timed out waiting for a statement's answer, by its own `timeout`. */
export function isTimeout({ code }: TidbError): boolean {
  return code === 'PROTOCOL_SEQUENCE_TIMEOUT';
}

/** Sent by a server or proxy that is shutting down, or has lost the server behind it: equivalent to a closed socket. */
const SERVER_GONE = new Set([1053, 2006, 2013]);

/** @param secrets texts that must not appear in the message */
export function toTidbError(raw: unknown, secrets: readonly string[] = []): TidbError {
  const { message, code, errno, sqlState } = fieldsOf(raw);
  // Only a server's answer has an SQL state; the errno of a socket error is the operating system's.
  const answered = sqlState !== undefined && errno !== undefined && !SERVER_GONE.has(errno);
  return new TidbError(message, code ?? 'UNKNOWN', answered ? errno : undefined, secrets);
}

function fieldsOf(raw: unknown): { message: string; code?: string; errno?: number; sqlState?: string } {
  if (!(raw instanceof Error)) return { message: String(raw) };
  return {
    message: raw.message,
    ...('code' in raw && typeof raw.code === 'string' && { code: raw.code }),
    ...('errno' in raw && typeof raw.errno === 'number' && { errno: raw.errno }),
    ...('sqlState' in raw && typeof raw.sqlState === 'string' && { sqlState: raw.sqlState }),
  };
}

const SYNTAX_ERROR = 1064;

/** This release does not have the statement, or only parses it; our own syntax is correct. */
export function isUnknownStatement(error: TidbError): boolean {
  return error.errno === SYNTAX_ERROR || error.says(/unsupported BRIE statement kind/);
}
