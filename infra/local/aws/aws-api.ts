import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyTooLargeError, type LoopbackServer, listenOnLoopback, readBody } from '../http/loopback-server.ts';
import type { AwsService } from './aws-call.ts';
import { type AwsDoor, leaveUnanswered } from './aws-door.ts';
import { AwsError } from './aws-error.ts';
import type { PendingAwsCall } from './gate.ts';

export interface AwsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Set by DynamoDB only. */
  readonly consumedCapacity?: number;
}

/** One API: how it reads, runs and refuses requests. */
export interface AwsApi<Input> {
  readonly service: AwsService;
  readonly maxRequestBytes: number;
  readonly actionOf: (request: IncomingMessage) => string;
  readonly inputOf: (request: IncomingMessage, body: string) => Input;
  /** Throws an {@link AwsError} to refuse the request; any other error is a failure of the service itself. */
  readonly carryOut: (input: Input, call: PendingAwsCall, body: string) => Promise<AwsAnswer>;
  readonly refuse: (error: AwsError) => AwsAnswer;
}

/** Serves an API whose requests and answers are small enough to hold in memory. */
export function listenAsAwsApi<Input>(api: AwsApi<Input>, door: AwsDoor): Promise<LoopbackServer> {
  return listenOnLoopback((request, response) => serve(api, door, request, response));
}

async function serve<Input>(
  api: AwsApi<Input>,
  door: AwsDoor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bodyOf(request, api.maxRequestBytes);
  // The caller may have been killed while it was sending.
  if (body === 'gone') return;
  if (body === 'too large') {
    const text = `a request may have at most ${api.maxRequestBytes} bytes`;
    return send(response, api.refuse(new AwsError('RequestEntityTooLargeException', text, 413)));
  }
  const input = api.inputOf(request, body.text);
  const call = door.pending(api.service, api.actionOf(request), request, input);
  const admission = await door.admit(call);
  if (admission === 'cut' || admission === 'hang') return leaveUnanswered(request, admission);

  const answer = admission === 'go' ? await carriedOut(api, input, call, body.text) : api.refuse(admission);
  door.answered(call, {
    status: answer.status,
    requestBytes: Buffer.byteLength(body.text),
    responseBytes: Buffer.byteLength(answer.body),
    ...(answer.consumedCapacity === undefined ? {} : { consumedCapacity: answer.consumedCapacity }),
  });
  const release = await door.release(call, answer.status);
  if (release !== 'send') return leaveUnanswered(request, release);
  send(response, answer);
}

function send(response: ServerResponse, { status, headers, body }: AwsAnswer): void {
  response.writeHead(status, headers).end(body);
}

async function bodyOf(request: IncomingMessage, limit: number): Promise<{ text: string } | 'too large' | 'gone'> {
  try {
    return { text: (await readBody(request, limit)).toString('utf8') };
  } catch (error) {
    return error instanceof BodyTooLargeError ? 'too large' : 'gone';
  }
}

async function carriedOut<Input>(
  api: AwsApi<Input>,
  input: Input,
  call: PendingAwsCall,
  body: string,
): Promise<AwsAnswer> {
  try {
    return await api.carryOut(input, call, body);
  } catch (error) {
    return api.refuse(error instanceof AwsError ? error : internalFailure(error));
  }
}

function internalFailure(error: unknown): AwsError {
  return new AwsError('InternalFailure', error instanceof Error ? error.message : String(error), 500);
}
