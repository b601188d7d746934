import { Agent, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';

/** What dynalite answered. */
export interface EngineAnswer {
  readonly status: number;
  readonly body: string;
}

/** Speaks DynamoDB's protocol to dynalite. */
export class EngineClient {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(url: string) {
    this.#url = url;
  }

  send(action: string, body: string): Promise<EngineAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<EngineAnswer>();
    const request = httpRequest(this.#url, {
      method: 'POST',
      agent: this.#agent,
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${action}`,
        'x-amz-date': '20000101T000000Z',
        // dynalite wants the parts of a signature and checks none of them.
        authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=local',
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 500, body: answer }), reject);
    });
    request.end(body);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}
