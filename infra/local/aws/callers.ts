import type { IncomingHttpHeaders } from 'node:http';

const CREDENTIAL = /Credential=([^/,\s]+)\//;

/** Gives each function an access key of its own, and tells by the key who made a request. */
export class Callers {
  readonly #logicalIdByKey = new Map<string, string>();

  /** An access key id of AWS's shape (20 capitals and digits) that no real account has. */
  issueAccessKey(logicalId: string): string {
    const accessKeyId = `LOCAL${String(this.#logicalIdByKey.size + 1).padStart(15, '0')}`;
    this.#logicalIdByKey.set(accessKeyId, logicalId);
    return accessKeyId;
  }

  /** Logical id of the function that signed the request, `undefined` if another client did (or nobody). */
  of(headers: IncomingHttpHeaders): string | undefined {
    const accessKeyId = CREDENTIAL.exec(headers.authorization ?? '')?.[1];
    return accessKeyId === undefined ? undefined : this.#logicalIdByKey.get(accessKeyId);
  }
}
