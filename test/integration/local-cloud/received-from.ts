import type { LocalCloud } from '../../../infra/local/local-cloud.ts';

/** A message that waits in a queue. */
interface Received {
  /** Parsed, as everything that ends up in a queue here is JSON. */
  readonly body: unknown;
  readonly attributes: Readonly<Record<string, string>>;
}

/** All messages of a queue, which stay there. By SQS's own protocol: the service itself has no client of it. */
export async function receivedFrom(
  { endpoints }: Pick<LocalCloud, 'endpoints'>,
  queueName: string,
): Promise<Received[]> {
  const response = await fetch(endpoints.sqs, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ReceiveMessage' },
    body: JSON.stringify({
      QueueUrl: `${endpoints.sqs}/111122223333/${queueName}`,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 0,
      MessageAttributeNames: ['All'],
    }),
  });
  const { Messages = [] } = (await response.json()) as {
    Messages?: { Body: string; MessageAttributes?: Record<string, { StringValue: string }> }[];
  };
  return Messages.map(({ Body, MessageAttributes = {} }) => ({
    body: JSON.parse(Body) as unknown,
    attributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
    ),
  }));
}
