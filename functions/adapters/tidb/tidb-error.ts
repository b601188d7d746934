import { withoutSecrets } from '../../domain/shared/redaction.ts';

/**
 * What mysql2 rejects with, without the statement that it attaches to its errors: that one may hold keys, and an error's
 * properties end up in logs.
 */
export class TidbError extends Error {
  override readonly name = 'TidbError';
  /** Private, so that nothing logs it. */
  readonly #raw: string;
  /** TiDB's error number, if TiDB answered; else undefined: the connection failed. */
  readonly errno: number | undefined;
  /** mysql2's or the operating system's name of the error: `ECONNREFUSED`, `ER_ACCESS_DENIED_ERROR`. */
  readonly code: string;

  /**
   * @param answer as it came
   * @param secrets what the message must not hold
   */
  constructor(answer: string, code: string, errno: number | undefined, secrets: readonly string[] = []) {
    super(withoutSecrets(answer, secrets));
    this.#raw = answer;
    this.code = code;
    this.errno = errno;
  }

  /** TiDB's answer as it may be shown. */
  get answer(): string {
    return this.errno === undefined ? this.message : `TiDB error ${this.errno}: ${this.message}`;
  }

  /** Whether TiDB's own text matches: the message has its secrets masked and its end cut off, so what it means is not told from it. */
  says(pattern: RegExp): boolean {
    return pattern.test(this.#raw);
  }
}

/** mysql2 gave up waiting for the answer to a statement, after that one's own `timeout`. */
export function isTimeout({ code }: TidbError): boolean {
  return code === 'PROTOCOL_SEQUENCE_TIMEOUT';
}

/** Sent by a server or proxy that is going away, or has lost the server behind it: as good as a closed socket. */
const SERVER_GONE = new Set([1053, 2006, 2013]);

/** @param secrets texts that must not appear in the message, whatever TiDB answers. */
export function toTidbError(raw: unknown, secrets: readonly string[] = []): TidbError {
  const { message, code, errno, sqlState } = fieldsOf(raw);
  // Only an answer of the server has an SQL state; the errno of a socket's error is the operating system's.
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

/** This release has no such statement, or parses it and no more; what we send is written right. */
export function isUnknownStatement(error: TidbError): boolean {
  return error.errno === SYNTAX_ERROR || error.says(/unsupported BRIE statement kind/);
}
