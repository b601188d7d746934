import type { LocalCloud } from '../../../infra/local/local-cloud.ts';

/** A message waiting in a queue. */
interface Received {
  /** Parsed, since every message in a queue here is JSON. */
  readonly body: unknown;
  readonly attributes: Readonly<Record<string, string>>;
}

type Endpoint = Pick<LocalCloud, 'endpoints'>;

/** With SQS's own protocol: the service itself has no client for it. */
async function call({ endpoints }: Endpoint, action: string, input: object): Promise<unknown> {
  const response = await fetch(endpoints.sqs, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
    body: JSON.stringify(input),
  });
  return response.json();
}

/** Name of the only queue whose name contains this. */
export async function queueNamed(cloud: Endpoint, part: string): Promise<string> {
  const { QueueUrls = [] } = (await call(cloud, 'ListQueues', {})) as { QueueUrls?: string[] };
  const [name, ...more] = QueueUrls.map((url) => url.slice(url.lastIndexOf('/') + 1)).filter((each) =>
    each.includes(part),
  );
  if (name === undefined || more.length > 0) throw new Error(`there is not one queue "${part}"`);
  return name;
}

/** All messages of a queue, up to ten; they stay in it. */
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
