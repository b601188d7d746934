import type { IncomingMessage } from 'node:http';
import type { AwsCall, AwsService, OnAwsCall } from './aws-call.ts';
import type { AwsError } from './aws-error.ts';
import { Callers } from './callers.ts';
import type { Admission, AwsGate, PendingAwsCall, Release, S3Input } from './gate.ts';

/** Returns why AWS would refuse the call, if it would. */
export type Authorize = (call: PendingAwsCall) => AwsError | undefined | Promise<AwsError | undefined>;

export interface AwsDoorOptions {
  readonly callers?: Callers;
  readonly gate?: AwsGate | undefined;
  /** Default: every caller may do everything. */
  readonly authorize?: Authorize;
  readonly onAwsCall?: OnAwsCall | undefined;
}

export interface RefusedObject {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly error: AwsError;
}

/** Every call to a local AWS endpoint passes through here, and so does its answer. */
export class AwsDoor {
  readonly #callers: Callers;
  readonly #gate: AwsGate;
  readonly #authorize: Authorize;
  readonly #onAwsCall: OnAwsCall;

  constructor(options: AwsDoorOptions = {}) {
    this.#callers = options.callers ?? new Callers();
    this.#gate = options.gate ?? {};
    this.#authorize = options.authorize ?? (() => undefined);
    this.#onAwsCall = options.onAwsCall ?? (() => undefined);
  }

  pending(service: AwsService, action: string, { headers }: IncomingMessage, input: unknown): PendingAwsCall {
    const caller = this.#callers.of(headers);
    return {
      service,
      action,
      caller: caller?.logicalId,
      callerPid: caller?.pid,
      invocationId: textOf(headers['amz-sdk-invocation-id']),
      attempt: Number(/attempt=(\d+)/.exec(textOf(headers['amz-sdk-request']) ?? '')?.[1] ?? 1),
      input,
      headers,
    };
  }

  async admit(call: PendingAwsCall): Promise<Admission> {
    const admission = (await this.#gate.before?.(call)) ?? 'go';
    if (admission !== 'go' || call.action === 'DeleteObjects') return admission;
    return (await this.#authorize(call)) ?? 'go';
  }

  /** The objects of a `DeleteObjects` that its caller may not delete: S3 decides about each by itself. */
  async refusedObjects(call: PendingAwsCall, { objects, ...input }: S3Input): Promise<RefusedObject[]> {
    const refused: RefusedObject[] = [];
    for (const { key, versionId } of objects) {
      const query: S3Input['query'] = versionId === undefined ? {} : { versionId };
      const single = { ...call, action: 'DeleteObject', input: { ...input, key, query, objects: [] } };
      const error = await this.#authorize(single);
      if (error !== undefined) refused.push({ key, versionId, error });
    }
    return refused;
  }

  async release(call: PendingAwsCall, status: number): Promise<Release> {
    return (await this.#gate.after?.(call, status)) ?? 'send';
  }

  /** The call has been answered, whether or not the answer reaches the caller. */
  answered({ service, action, caller }: PendingAwsCall, answer: Omit<AwsCall, 'service' | 'action' | 'caller'>): void {
    this.#onAwsCall({ service, action, caller, ...answer });
  }
}

/** Drops a call without an answer. */
export function leaveUnanswered({ socket }: IncomingMessage, how: 'cut' | 'hang'): void {
  if (how === 'cut') socket.resetAndDestroy();
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
