import { buildApp } from 'fauxqs';
import * as z from 'zod';
import { bindToLoopback, type LoopbackServer } from '../../http/loopback-server.ts';
import type { Stack } from '../../template/stack.ts';
import { fauxqsStores } from '../s3/fauxqs-stores.ts';

const queueSchema = z.object({
  FifoQueue: z.literal(false, 'the local cloud only runs standard queues').optional(),
  MessageRetentionPeriod: z.number().optional(),
  VisibilityTimeout: z.number().optional(),
});

const attributesSchema = z.object({ Attributes: z.object({ ApproximateNumberOfMessages: z.string() }) });

/** The template's queues, and SQS's API for readers. */
export interface Queues extends LoopbackServer {
  /** Sends a message with text attributes. Rejects if no queue has this ARN or SQS would refuse the message. */
  send(queueArn: string, body: string, attributes?: Readonly<Record<string, string>>): Promise<void>;
  /** The number of waiting messages, by queue name. */
  waiting(): Promise<ReadonlyMap<string, number>>;
}

/** Serves SQS with fauxqs. Encryption and access policies mean nothing here. */
export async function listenAsSqs(stack: Stack): Promise<Queues> {
  const stores = await fauxqsStores();
  const app = buildApp({ logger: false, stores });
  await app.ready();
  const server = await bindToLoopback(app.server);
  const nameByArn = new Map<string, string>();
  for (const { ref, attributes, properties } of stack.resourcesOf('AWS::SQS::Queue')) {
    const { FifoQueue: _, ...settings } = queueSchema.parse(properties);
    const { Arn: arn = ref, QueueName: name = ref } = attributes;
    const texts = Object.entries(settings).map(([key, value]) => [key, String(value)]);
    stores.sqsStore.createQueue(name, urlOf(name), arn, Object.fromEntries(texts));
    nameByArn.set(arn, name);
  }

  function urlOf(name: string): string {
    return `${server.url}/${stack.environment.accountId}/${name}`;
  }

  async function call(action: string, input: object): Promise<unknown> {
    const response = await app.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
      payload: JSON.stringify(input),
    });
    if (response.statusCode !== 200) throw new Error(`SQS refused ${action}: ${response.body}`);
    return response.json();
  }

  return {
    ...server,
    async send(queueArn, body, attributes = {}) {
      const name = nameByArn.get(queueArn);
      if (name === undefined) throw new Error(`the template has no queue ${queueArn}`);
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes).map(([key, StringValue]) => [key, { DataType: 'String', StringValue }]),
      );
      await call('SendMessage', { QueueUrl: urlOf(name), MessageBody: body, MessageAttributes });
    },
    async waiting() {
      const counts = [...nameByArn.values()].map(async (name): Promise<[string, number]> => {
        const input = { QueueUrl: urlOf(name), AttributeNames: ['ApproximateNumberOfMessages'] };
        const { Attributes } = attributesSchema.parse(await call('GetQueueAttributes', input));
        return [name, Number(Attributes.ApproximateNumberOfMessages)];
      });
      return new Map(await Promise.all(counts));
    },
    close: async () => {
      await server.close();
      await app.close();
    },
  };
}
