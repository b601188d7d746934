import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { viaService } from './via-service.ts';

/** What Lambda gives up it sends to the queue in the name of the function's role. */
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

/** A service that sends by itself, and not in the name of a role, to a queue or topic that the key encrypts. */
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
