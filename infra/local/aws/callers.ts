import type { IncomingHttpHeaders } from 'node:http';

const CREDENTIAL = /Credential=([^/,\s]+)\//;

/** A process of a function or of a task. */
export interface Caller {
  readonly logicalId: string;
  /** `undefined` until the process runs. */
  readonly pid: number | undefined;
}

/** Gives each process of a function or a task an access key of its own, and tells by the key who made a request. */
export class Callers {
  readonly #byKey = new Map<string, Caller>();

  /** An access key id of AWS's shape (20 capitals and digits) that no real account has. */
  issueAccessKey(logicalId: string): string {
    const accessKeyId = `LOCAL${String(this.#byKey.size + 1).padStart(15, '0')}`;
    this.#byKey.set(accessKeyId, { logicalId, pid: undefined });
    return accessKeyId;
  }

  /** The process that the key was issued for has started. */
  started(accessKeyId: string, pid: number): void {
    const caller = this.#byKey.get(accessKeyId);
    if (caller !== undefined) this.#byKey.set(accessKeyId, { ...caller, pid });
  }

  /** Who signed the request, `undefined` if it was neither (or nobody). */
  of(headers: IncomingHttpHeaders): Caller | undefined {
    return this.#byKey.get(accessKeyIdOf(headers));
  }
}

/** The access key that a request is signed with; empty if it is not. */
export function accessKeyIdOf({ authorization = '' }: IncomingHttpHeaders): string {
  return CREDENTIAL.exec(authorization)?.[1] ?? '';
}
