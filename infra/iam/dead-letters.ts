import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { viaService } from './via-service.ts';

/** Lambda sends failed events to the queue with the function's role. */
export function sendDeadLetters(queue: IQueue, key: IKey): PolicyStatement[] {
  return [
    new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }),
    new PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [key.keyArn],
      conditions: { StringEquals: viaService(Stack.of(queue), 'sqs') },
    }),
  ];
}

/** For a service that sends by itself, not with a role, to a queue or topic that the key encrypts. */
export function letServiceEncrypt(key: IKey, service: 'cloudwatch' | 'events'): void {
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      // `*` in a key's policy is that key.
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(key).account } },
    }),
  );
}
