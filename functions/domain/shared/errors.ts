/**
 * The errors that clients see. Names, codes and HTTP statuses are TiEM's (`common/errors/errorcode.go`, the misspelling included), so
 * that TiEM's clients recognize them. Ours are `TIEM_BACKUP_RECORD_NOT_FOUND` and the text of the maintenance conflict.
 */
export const ERRORS = {
  TIEM_UNRECOGNIZED_ERROR: { code: 10000, httpStatus: 500, message: 'unrecognized error' },
  TIEM_PARAMETER_INVALID: { code: 10001, httpStatus: 400, message: 'parameter is invalid' },
  TIEM_CLUSTER_NOT_FOUND: { code: 10003, httpStatus: 404, message: 'cluster not found' },
  TIEM_CONNECT_TIDB_ERROR: { code: 10007, httpStatus: 500, message: 'connect to TiDB failed' },
  TIEM_CLUSTER_MAINTENANCE_CONFLICT: {
    code: 20114,
    httpStatus: 409,
    message: 'another maintenance operation holds the cluster',
  },
  TIEM_BACKUP_SYSTEM_CONFIG_NOT_FOUND: { code: 20600, httpStatus: 404, message: 'backup system config not found' },
  TIEM_BACKUP_SYSTEM_CONFIG_INVAILD: { code: 20601, httpStatus: 400, message: 'backup system config invalid' },
  TIEM_BACKUP_RECORD_CREATE_FAILED: { code: 20602, httpStatus: 500, message: 'create backup record failed' },
  TIEM_BACKUP_RECORD_DELETE_FAILED: { code: 20603, httpStatus: 500, message: 'delete backup record failed' },
  TIEM_BACKUP_RECORD_QUERY_FAILED: { code: 20604, httpStatus: 500, message: 'query backup record failed' },
  TIEM_BACKUP_STRATEGY_SAVE_FAILED: { code: 20605, httpStatus: 500, message: 'save backup strategy failed' },
  TIEM_BACKUP_STRATEGY_QUERY_FAILED: { code: 20606, httpStatus: 500, message: 'query backup strategy failed' },
  TIEM_BACKUP_STRATEGY_DELETE_FAILED: { code: 20607, httpStatus: 500, message: 'delete backup strategy failed' },
  TIEM_BACKUP_FILE_DELETE_FAILED: { code: 20608, httpStatus: 500, message: 'remove backup file failed' },
  TIEM_BACKUP_PATH_CREATE_FAILED: { code: 20609, httpStatus: 500, message: 'backup filepath create failed' },
  TIEM_BACKUP_RECORD_INVALID: { code: 20610, httpStatus: 400, message: 'backup record invalid' },
  TIEM_BACKUP_RECORD_CANCEL_FAILED: { code: 20611, httpStatus: 500, message: 'cancel backup record failed' },
  TIEM_BACKUP_RECORD_NOT_FOUND: { code: 20612, httpStatus: 404, message: 'backup record not found' },
  TIEM_WORKFLOW_CREATE_FAILED: { code: 40100, httpStatus: 500, message: 'workflow create failed' },
  TIEM_WORKFLOW_QUERY_FAILED: { code: 40101, httpStatus: 500, message: 'workflow query failed' },
  TIEM_WORKFLOW_DETAIL_FAILED: { code: 40102, httpStatus: 500, message: 'workflow detail failed' },
  TIEM_WORKFLOW_START_FAILED: { code: 40103, httpStatus: 500, message: 'workflow start failed' },
  TIEM_UNAUTHORIZED_USER: { code: 70600, httpStatus: 401, message: 'unauthorized' },
} as const satisfies Record<string, { code: number; httpStatus: number; message: string }>;

export type ErrorName = keyof typeof ERRORS;

/**
 * A failure with a row in {@link ERRORS}. `detail` says what was wrong and what would be right. The caller sees it, so
 * it never holds a secret, an account id or unescaped input. `cause` is only logged.
 */
export class ServiceError extends Error {
  override readonly name: ErrorName;
  readonly code: number;
  readonly httpStatus: number;

  constructor(name: ErrorName, detail?: string, options?: { cause?: unknown }) {
    const row = ERRORS[name];
    super(detail === undefined ? row.message : `${row.message}: ${detail}`, options);
    this.name = name;
    this.code = row.code;
    this.httpStatus = row.httpStatus;
  }
}

/** Line breaks, and other characters that are invisible or misleading: control, format and separator characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Input for use in a message: quoted, with invisible characters escaped, and cut to a reasonable length. */
export function quoteInput(value: unknown): string {
  const text = (JSON.stringify(value) ?? String(value)).replace(UNSEEN, escaped);
  return text.length <= 80 ? text : `${text.slice(0, 76).toWellFormed()}…"`;
}

const QUOTED_AT_MOST = 5;

/** Names or ids for use in a message, by {@link quoteInput}: the first few, and how many more there are. */
export function quoteSome(names: readonly string[]): string {
  const quoted = names.slice(0, QUOTED_AT_MOST).map(quoteInput).join(', ');
  return names.length > QUOTED_AT_MOST ? `${quoted} and ${names.length - QUOTED_AT_MOST} more` : quoted;
}

/** As in JSON: `\u2028`. */
function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}
