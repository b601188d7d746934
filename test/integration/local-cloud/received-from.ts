import type { LocalCloud } from '../../../infra/local/local-cloud.ts';

/** A message that waits in a queue. */
interface Received {
  /** Parsed, as everything that ends up in a queue here is JSON. */
  readonly body: unknown;
  readonly attributes: Readonly<Record<string, string>>;
}

type Endpoint = Pick<LocalCloud, 'endpoints'>;

/** By SQS's own protocol: the service itself has no client of it. */
async function call({ endpoints }: Endpoint, action: string, input: object): Promise<unknown> {
  const response = await fetch(endpoints.sqs, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
    body: JSON.stringify(input),
  });
  return response.json();
}

/** Name of the one queue whose name holds this. */
export async function queueNamed(cloud: Endpoint, part: string): Promise<string> {
  const { QueueUrls = [] } = (await call(cloud, 'ListQueues', {})) as { QueueUrls?: string[] };
  const [name, ...more] = QueueUrls.map((url) => url.slice(url.lastIndexOf('/') + 1)).filter((each) =>
    each.includes(part),
  );
  if (name === undefined || more.length > 0) throw new Error(`there is not one queue "${part}"`);
  return name;
}

/** All messages of a queue, up to ten, which stay there. */
export async function receivedFrom(cloud: Endpoint, queueName: string): Promise<Received[]> {
  const { Messages = [] } = (await call(cloud, 'ReceiveMessage', {
    QueueUrl: `${cloud.endpoints.sqs}/111122223333/${queueName}`,
    MaxNumberOfMessages: 10,
    VisibilityTimeout: 0,
    MessageAttributeNames: ['All'],
  })) as { Messages?: { Body: string; MessageAttributes?: Record<string, { StringValue: string }> }[] };
  return Messages.map(({ Body, MessageAttributes = {} }) => ({
    body: JSON.parse(Body) as unknown,
    attributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
    ),
  }));
}
