import { Duration, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  type CreateAlarmOptions,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { letServiceEncrypt } from '../../iam/dead-letters.ts';
import type { ServiceFunction } from '../function/service-function.ts';
import type { DeadLetters } from './dead-letters.ts';
import { emitted, sumsOver } from './watched.ts';

interface AlarmsProps {
  /** Whom the topic mails. Unset for nobody yet. */
  readonly email: string | undefined;
  readonly deadLetters: DeadLetters;
  readonly api: HttpApi;
  /**
   * Functions that no workflow waits for: an error of a node is a failure of its workflow, or a user's cancellation,
   * which is none.
   */
  readonly functions: readonly ServiceFunction[];
  /** The workflows' functions: while one is throttled, its workflow waits. */
  readonly nodes: readonly ServiceFunction[];
  readonly recordChanged: ServiceFunction;
  /** Whether S3 replicates backups to a second bucket. */
  readonly hasSecondCopy: boolean;
}

/** The shortest period in which every metric here has a value, if its source runs. */
const SOON = Duration.minutes(5);

/** Two sweeps of `backup-ages`, so that a slightly late one is no gap. */
const TWO_SWEEPS = Duration.minutes(30);

/** At least three missed sweeps: `auto-backup` runs every 5 minutes, `retention` every hour, `backup-ages` and `copies` every 15 minutes. */
const SILENCE = {
  autoBackup: Duration.minutes(15),
  backupAges: Duration.minutes(45),
  retention: Duration.hours(3),
  copies: Duration.minutes(45),
} as const;

/** A retry or two is no reason to wake anybody; a stream keeps its records for a day. */
const LATE = Duration.minutes(15);

interface Options extends Partial<CreateAlarmOptions> {
  /** Heading in the runbook. Defaults to the alarm's id. */
  readonly entry?: string;
}

/** The reasons to call an operator. `docs/runbook.md` has an entry for each, under its id. */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly all: Alarm[] = [];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { deadLetters, api, functions, nodes, recordChanged } = props;
    this.topic = this.makeTopic(props);

    this.onAny('BackupFailed', 'A backup failed', emitted('BackupsFailed', { statistic: 'Sum', period: SOON }));
    for (const flow of [
      'RestoreExistCluster',
      'RestoreNewCluster',
      'RestoreDrill',
      'DeleteBackup',
      'UndeleteBackup',
    ] as const) {
      this.onAny(`${flow}Failed`, `A workflow ${flow} failed`, failuresOf(flow));
    }
    this.onAny(
      'WindowMissed',
      'A backup window passed without a backup',
      emitted('WindowsMissed', { statistic: 'Sum', period: SOON }),
    );
    this.onAny(
      'AutoBackupStartsFailed',
      'Due backups could not be started, three sweeps in a row',
      emitted('AutoBackupStartsFailed', { statistic: 'Sum', period: SOON }),
      { evaluationPeriods: 3 },
    );
    this.onAny(
      'BackupOverdue',
      'A cluster has no finished backup as recent as its strategy demands',
      emitted('ClustersOverdue', { statistic: 'Maximum', period: TWO_SWEEPS }),
    );
    this.onAny(
      'BackupUnverified',
      'A cluster has no verified backup as recent as its strategy demands',
      emitted('ClustersUnverified', { statistic: 'Maximum', period: TWO_SWEEPS }),
    );
    this.onSilence(
      'AutoBackupSilent',
      'Automatic backups have stopped: no sweep has finished',
      // Only the sweep writes it, unlike missed windows, which requests count too.
      emitted('AutoBackupStartsFailed', { statistic: 'SampleCount', period: SILENCE.autoBackup }),
    );
    this.onSilence(
      'BackupAgesSilent',
      'The age of backups is no longer measured',
      emitted('ClustersOverdue', { statistic: 'SampleCount', period: SILENCE.backupAges }),
    );
    this.onAny(
      'RetentionFailed',
      'Retention could not remove backups, two sweeps in a row',
      emitted('RetentionFailures', { statistic: 'Sum', period: Duration.hours(1) }),
      { evaluationPeriods: 2 },
    );
    this.onSilence(
      'RetentionSilent',
      'Retention has stopped: no sweep has finished',
      emitted('BackupsRemovedByRetention', { statistic: 'SampleCount', period: SILENCE.retention }),
    );
    this.onAny(
      'BackupFilesMissing',
      'Files of a finished backup are missing or cannot be listed: somebody has deleted them, or the bucket',
      emitted('BackupFilesMissing', { statistic: 'Sum', period: SOON }),
    );
    if (props.hasSecondCopy) {
      this.onAny(
        'CopyLate',
        'A backup still has no second copy after lateHours of the tenant file',
        emitted('CopiesLate', { statistic: 'Maximum', period: TWO_SWEEPS }),
      );
      this.onSilence(
        'CopiesSilent',
        'Second copies are no longer checked',
        emitted('CopiesLate', { statistic: 'SampleCount', period: SILENCE.copies }),
      );
    }
    this.onAny('DeadInvocation', 'An event or a sweep failed for good', lettersIn(deadLetters.invocations));
    this.onAny('DeadChange', 'Status changes could not be published', lettersIn(deadLetters.changes));
    this.onAny(
      'EventsLate',
      'Status changes are published late',
      recordChanged.lambda.metric('IteratorAge', { statistic: 'Maximum', period: SOON }),
      { threshold: LATE.toMilliseconds() },
    );
    this.onAny('ApiFailed', 'The API answered 5xx', api.metricServerError({ statistic: 'Sum', period: SOON }));
    for (const [index, errors] of sumsOver(functions, 'Errors', SOON).entries()) {
      this.onAny(
        `FunctionErrors${index === 0 ? '' : index + 1}`,
        'A function of the API or of a sweep failed',
        errors,
        { entry: 'FunctionErrors', evaluationPeriods: 3, datapointsToAlarm: 2 },
      );
    }
    for (const [index, throttles] of sumsOver([...functions, ...nodes], 'Throttles', SOON).entries()) {
      this.onAny(
        `FunctionThrottled${index === 0 ? '' : index + 1}`,
        'The account has no concurrency left for a function: raise its quota, and set reservedConcurrency in the tenant file',
        throttles,
        { entry: 'FunctionThrottled' },
      );
    }
  }

  /** In alarm if there was any; no value means that there was none. */
  private onAny(id: string, means: string, metric: IMetric, options: Options = {}): void {
    this.add(id, means, metric, {
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...options,
    });
  }

  /** In alarm if there was none: the sweep that watches the others does not run. */
  private onSilence(id: string, means: string, metric: IMetric): void {
    this.add(id, means, metric, {
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  private add(
    id: string,
    means: string,
    metric: IMetric,
    { entry = id, ...options }: Options & CreateAlarmOptions,
  ): void {
    const alarm = new Alarm(this, id, {
      ...options,
      metric,
      alarmName: `${Stack.of(this).stackName}-${id}`,
      alarmDescription: `${means}. What to do: docs/runbook.md#${entry.toLowerCase()}`,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    this.all.push(alarm);
  }

  private makeTopic({ email, deadLetters: { key } }: AlarmsProps): Topic {
    const topic = new Topic(this, 'Topic', { enforceSSL: true, masterKey: key });
    letServiceEncrypt(key, 'cloudwatch');
    // `enforceSSL` gives the topic a policy, which replaces SNS's default that lets the account's alarms publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }
}

const failuresOf = (flow: string): IMetric =>
  emitted('WorkflowsFailed', { statistic: 'Sum', period: SOON, dimensions: { FlowName: flow } });

const lettersIn = (queue: Queue): IMetric =>
  queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: SOON });
