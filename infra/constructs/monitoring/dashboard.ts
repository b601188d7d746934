import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  Row,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { MetricName } from '../../../functions/domain/events/metrics.ts';
import type { ServiceFunction } from '../function/service-function.ts';
import type { DeadLetters } from './dead-letters.ts';
import { emitted, emittedForEach, sumsOver } from './watched.ts';

interface DashboardProps {
  readonly alarms: readonly Alarm[];
  readonly deadLetters: DeadLetters;
  readonly functions: readonly ServiceFunction[];
  readonly recordChanged: ServiceFunction;
  /** Whether metrics are kept for each cluster, or only in total. */
  readonly clusterMetrics: boolean;
}

const PERIOD = Duration.minutes(5);

/** CloudWatch's grid has 24 columns. */
const THIRD = 8;

/** An operator's view: the alarms, then backups, then the API, then the infrastructure. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { alarms, deadLetters, functions, recordChanged, clusterMetrics } = props;
    const graphOfClusters = (title: string, name: MetricName) =>
      clusterMetrics
        ? graph(`${title}, per cluster (s)`, [each(name, ['ClusterId'], 'Maximum')])
        : graph(`${title}, of all clusters (s)`, [emitted(name, { statistic: 'Maximum', period: PERIOD })]);
    const { invocations, changes } = deadLetters;
    new CloudWatchDashboard(this, 'Default', {
      dashboardName: Stack.of(this).stackName,
      defaultInterval: Duration.days(1),
    }).addWidgets(
      new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 3 * THIRD, height: 4 }),
      new Row(
        graph('Backups', sums('BackupsStarted', 'BackupsFinished', 'BackupsFailed', 'BackupsCanceled')),
        graph('Windows', sums('WindowsMissed', 'AutoBackupStartsFailed')),
        graphOfClusters('Age of the newest backup', 'BackupAge'),
      ),
      new Row(
        graph('Duration of backups, per mode (s)', [each('BackupDuration', ['BackupMode'], 'Maximum')]),
        graph('Bytes backed up, per mode', [each('BackupBytes', ['BackupMode'], 'Sum')]),
        graph('Clusters overdue', [emitted('ClustersOverdue', { statistic: 'Maximum', period: PERIOD })]),
      ),
      new Row(
        graph('Failed workflows', [each('WorkflowsFailed', ['FlowName'], 'Sum')]),
        graph('Finished workflows', [each('WorkflowsFinished', ['FlowName'], 'Sum')]),
        graph('Duration of workflows (s)', [each('WorkflowDuration', ['FlowName'], 'Maximum')]),
      ),
      new Row(
        graph('Requests, per operation and outcome', [each('Requests', ['Operation', 'Outcome'], 'Sum')]),
        graph('Latency of 99 in 100, per operation (ms)', [each('Latency', ['Operation'], 'p99')]),
        graph('Functions', [...sumsOver(functions, 'Errors', PERIOD), ...sumsOver(functions, 'Throttles', PERIOD)]),
      ),
      new Row(
        graph(
          'Dead letters',
          [invocations, changes].map((queue) =>
            queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: PERIOD }),
          ),
        ),
        graph('How far behind events are (ms)', [
          recordChanged.lambda.metric('IteratorAge', { statistic: 'Maximum', period: PERIOD }),
        ]),
        graph('Retention', sums('BackupsRemovedByRetention', 'RetentionFailures')),
      ),
      new Row(
        graphOfClusters('Age of the newest verified backup', 'VerifiedBackupAge'),
        graphOfClusters('Recovery', 'RecoverySeconds'),
        graph('Clusters unverified', [emitted('ClustersUnverified', { statistic: 'Maximum', period: PERIOD })]),
      ),
    );
  }
}

const graph = (title: string, left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: THIRD });

const sums = (...names: readonly MetricName[]): IMetric[] =>
  names.map((name) => emitted(name, { statistic: 'Sum', period: PERIOD }));

const each = (name: MetricName, dimensions: readonly string[], statistic: 'Sum' | 'Maximum' | 'p99'): IMetric =>
  emittedForEach(name, dimensions, { statistic, period: PERIOD });
