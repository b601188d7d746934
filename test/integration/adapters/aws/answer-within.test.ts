import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { answerWithin } from '../../../../functions/adapters/shared/answer-within.ts';
import { bindToLoopback } from '../../../../infra/local/http/loopback-server.ts';

const ADAPTERS = join(import.meta.dirname, '../../../../functions/adapters');

describe('an AWS call that is not answered', () => {
  it('is abandoned in time, and repeated', async () => {
    let calls = 0;
    const { url, close } = await bindToLoopback(
      createServer(() => {
        calls += 1;
      }),
    );
    const client = new DynamoDBClient({
      endpoint: url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 2,
      requestHandler: answerWithin(100),
    });

    try {
      await expect(client.send(new ListTablesCommand())).rejects.toMatchObject({ name: 'TimeoutError' });
      expect(calls).toBe(2);
    } finally {
      client.destroy();
      await close();
    }
  });

  it('is abandoned by every client', () => {
    const texts = readdirSync(ADAPTERS, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(ADAPTERS, file), 'utf8'));
    const clients = texts.join('\n').matchAll(/\bnew \w+Client\(\{.*?\}\);/gs);

    const calls = Array.from(clients, ([text]) => text);

    expect(calls.length).toBeGreaterThan(5);
    expect(calls.filter((text) => !text.includes('requestHandler: answerWithin('))).toEqual([]);
  });
});
