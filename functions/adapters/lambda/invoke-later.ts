import { once } from '../shared/once.ts';

const lambda = once(async () => {
  const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
  const { answerWithin } = await import('../shared/answer-within.ts');
  const client = new LambdaClient({ requestHandler: answerWithin(5_000) });
  return (FunctionName: string, Payload: string) =>
    client.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
});

/**
 * Has Lambda invoke a function with an event, without waiting for it. The client is loaded on first use, because few
 * sweeps need it.
 */
export async function invokeLater(functionArn: string, event: object): Promise<void> {
  await (await lambda())(functionArn, JSON.stringify(event));
}
