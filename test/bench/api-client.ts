interface Envelope<Data> {
  code: number;
  message: string;
  data: Data;
}

/** The service answered with a failure of its error table. */
class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly httpStatus: number;

  constructor(request: string, httpStatus: number, { code, message }: Envelope<unknown>) {
    super(`${request} answered ${httpStatus}, code ${code}: ${message}`);
    this.code = code;
    this.httpStatus = httpStatus;
  }
}

/**
 * Sends one request, without the typed client's idempotency key, whose calls would be counted too; returns the envelope's `data`, whose
 * type the caller knows. @throws ApiError
 */
export type Api = <Data>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object) => Promise<Data>;

/** @param base as `READY` prints it: `http://127.0.0.1:8080/api/v1` */
export function apiClient(base: string): Api {
  return async <Data>(method: string, path: string, body?: object): Promise<Data> => {
    const response = await fetch(`${base}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const envelope = (await response.json()) as Envelope<Data>;
    if (!response.ok || envelope.code !== 0) throw new ApiError(`${method} ${path}`, response.status, envelope);
    return envelope.data;
  };
}
