import { Duration, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { letServiceEncrypt } from '../../iam/dead-letters.ts';

interface DeadLettersProps {
  readonly key: IKey;
}

/** SQS's maximum: time enough for whoever is on call, and a holiday. */
const RETENTION = Duration.days(14);

/** Events and stream batches whose retries are exhausted. Each queue has an alarm. */
export class DeadLetters extends Construct {
  readonly key: IKey;
  /** Invocations that failed for good, and events that no rule could deliver. */
  readonly invocations: Queue;
  /** Positions in a table's stream whose records could not be published. The records stay in the stream for a day. */
  readonly changes: Queue;

  constructor(scope: Construct, id: string, { key }: DeadLettersProps) {
    super(scope, id);
    this.key = key;
    this.invocations = this.queue('Invocations');
    this.changes = this.queue('Changes');
    letServiceEncrypt(key, 'events');
  }

  private queue(id: string): Queue {
    const queue = new Queue(this, id, {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.key,
      enforceSSL: true,
      retentionPeriod: RETENTION,
    });
    Validations.of(queue).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'It is a dead-letter queue itself.' });
    return queue;
  }
}
