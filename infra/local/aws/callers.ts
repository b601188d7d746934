import type { IncomingHttpHeaders } from 'node:http';

const CREDENTIAL = /Credential=([^/,\s]+)\//;

/** The process of a function or a task. */
export interface Caller {
  readonly logicalId: string;
  /** `undefined` until the process runs. */
  readonly pid: number | undefined;
}

/** Gives each process of a function or task its own access key, and identifies callers by it. */
export class Callers {
  readonly #byKey = new Map<string, Caller>();

  /** An access key id of AWS's shape (20 capitals and digits) that no real account has. */
  issueAccessKey(logicalId: string): string {
    const accessKeyId = `LOCAL${String(this.#byKey.size + 1).padStart(15, '0')}`;
    this.#byKey.set(accessKeyId, { logicalId, pid: undefined });
    return accessKeyId;
  }

  /** The process that uses this key has started. */
  started(accessKeyId: string, pid: number): void {
    const caller = this.#byKey.get(accessKeyId);
    if (caller !== undefined) this.#byKey.set(accessKeyId, { ...caller, pid });
  }

  /** Who signed the request; `undefined` if it was neither a function nor a task. */
  of(headers: IncomingHttpHeaders): Caller | undefined {
    return this.#byKey.get(accessKeyIdOf(headers));
  }
}

/** The access key that signed the request; empty if it is unsigned. */
export function accessKeyIdOf({ authorization = '' }: IncomingHttpHeaders): string {
  return CREDENTIAL.exec(authorization)?.[1] ?? '';
}
