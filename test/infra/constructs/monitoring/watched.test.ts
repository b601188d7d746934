import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { METRICS, NAMESPACE } from '../../../../functions/domain/events/metrics.ts';
import { anchorOf, headingsOf, readPage, sectionOf } from '../../../support/docs.ts';
import {
  COPYING_TENANT,
  FULL_TENANT,
  onlyResourceOf,
  type Resource,
  resourcesOf,
  synthesized,
} from '../../synthesized.ts';

const minimal = synthesized(COPYING_TENANT);
const full = synthesized(FULL_TENANT);

interface Measured {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

interface AlarmProperties extends Partial<Measured> {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions: unknown;
  readonly OKActions: unknown;
  readonly TreatMissingData: string;
  readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: Measured } }[];
}

const alarmsOf = (template: Template): [string, Resource<AlarmProperties>][] =>
  resourcesOf<AlarmProperties>(template, 'AWS::CloudWatch::Alarm').map(([, alarm]) => [
    alarm.Properties.AlarmName.replace('tidb-backup-test-', ''),
    alarm,
  ]);

const alarms = alarmsOf(minimal);

const RUNBOOK = sectionOf(readPage('docs/runbook.md'), 'Alarms');

/** In the runbook: `FunctionThrottled` for `FunctionThrottled2`. */
const entryOf = (id: string): string => id.replace(/\d+$/, '');

function measuredBy({ Namespace, MetricName, Dimensions, Metrics = [] }: AlarmProperties): Measured[] {
  if (Namespace === undefined || MetricName === undefined) {
    return Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []);
  }
  return [{ Namespace, MetricName, ...(Dimensions && { Dimensions }) }];
}

/** Metrics of AWS's services, with the resource type that their one dimension names. */
const OF_AWS: Record<string, string> = {
  'AWS/Lambda Errors FunctionName': 'AWS::Lambda::Function',
  'AWS/Lambda Throttles FunctionName': 'AWS::Lambda::Function',
  'AWS/Lambda IteratorAge FunctionName': 'AWS::Lambda::Function',
  'AWS/SQS ApproximateNumberOfMessagesVisible QueueName': 'AWS::SQS::Queue',
  'AWS/ApiGateway 5xx ApiId': 'AWS::ApiGatewayV2::Api',
};

/** Whether a value names a resource of the type. */
function names(value: unknown, type: string): boolean {
  const { Ref, 'Fn::GetAtt': [id] = [] } = value as { Ref?: string; 'Fn::GetAtt'?: string[] };
  return resourcesOf(minimal, type).some(([each]) => each === (Ref ?? id));
}

/** Whether anyone writes such a metric. Without a writer its alarm would stay silent forever. */
function isWritten({ Namespace, MetricName, Dimensions = [] }: Measured): boolean {
  const dimensions = Dimensions.map(({ Name }) => Name).sort();
  if (Namespace === NAMESPACE) {
    const kept: readonly (readonly string[])[] = METRICS[MetricName as keyof typeof METRICS]?.dimensions ?? [];
    return kept.some((set) => [...set].sort().join() === dimensions.join());
  }
  const type = OF_AWS[`${Namespace} ${MetricName} ${dimensions.join()}`];
  return type !== undefined && names(Dimensions[0]?.Value, type);
}

describe('the alarms', () => {
  it.each(alarms)('%s watches a metric that is written', (_id, { Properties }) => {
    const measured = measuredBy(Properties);

    expect(measured).not.toEqual([]);
    expect(measured.filter((each) => !isWritten(each))).toEqual([]);
  });

  it.each(alarms)('%s notifies when it begins and when it ends', (_id, { Properties }) => {
    const topic = { Ref: onlyResourceOf(minimal, 'AWS::SNS::Topic').id };

    expect(Properties).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
  });

  it.each(alarms)('%s says in its description where to read more', (id, { Properties }) => {
    expect(Properties.AlarmDescription).toMatch(
      new RegExp(`\\. What to do: docs/runbook\\.md#${anchorOf(entryOf(id))}$`),
    );
  });

  it('each have an entry in the runbook, which has no other', () => {
    const entries = headingsOf(RUNBOOK).map(({ title }) => title);

    expect(entries.sort()).toEqual([...new Set(alarms.map(([id]) => entryOf(id)))].sort());
  });

  it.each(headingsOf(RUNBOOK))('have an entry with meaning, check and fix: $title', ({ title }) => {
    const parts = [...sectionOf(RUNBOOK, title).matchAll(/^\*([A-Z][a-z ]+)\.\* \S/gm)].map(([, part]) => part);

    expect(['Meaning, Check, Fix', 'Meaning, Check and fix']).toContain(parts.join(', '));
  });

  it('ignore a user’s choices: no workflow’s own failures, no node’s errors', () => {
    const measured = alarms.flatMap(([, { Properties }]) => measuredBy(Properties));
    const functions = measured
      .filter(({ MetricName }) => MetricName !== 'Throttles')
      .flatMap(({ Dimensions = [] }) => Dimensions)
      .filter(({ Name }) => Name === 'FunctionName');

    expect(measured.map(({ Namespace }) => Namespace)).not.toContain('AWS/States');
    expect(functions).not.toEqual([]);
    expect(JSON.stringify(functions)).not.toMatch(
      /BackupCluster|RestoreExistCluster|RestoreNewCluster|RestoreDrill|DeleteBackup/,
    );
  });

  it('watch every function for throttling, nodes too, with no more metrics than an alarm takes', () => {
    const throttling = alarms.filter(([id]) => entryOf(id) === 'FunctionThrottled');
    const watched = throttling.map(([, { Properties }]) => measuredBy(Properties));

    for (const metrics of watched) expect(metrics.length).toBeLessThanOrEqual(10);
    expect(watched.flat().map(({ MetricName, Dimensions }) => [MetricName, Dimensions?.[0]?.Value])).toEqual(
      expect.arrayContaining(resourcesOf(minimal, 'AWS::Lambda::Function').map(([id]) => ['Throttles', { Ref: id }])),
    );
  });

  it('rise if no sweep runs any more: a missing sweep differs from one without findings', () => {
    const breaching = alarms.filter(([, { Properties }]) => Properties.TreatMissingData === 'breaching');

    expect(breaching.map(([id]) => id)).toEqual([
      ...['AutoBackupSilent', 'BackupAgesSilent', 'RetentionSilent', 'CopiesSilent'],
    ]);
  });
});

describe('the topic of the alarms', () => {
  it("mails the tenant's addresses; without one, it can be subscribed to", () => {
    full.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'oncall@example.com' });
    minimal.resourceCountIs('AWS::SNS::Subscription', 0);
    expect(alarmsOf(full).map(([id]) => id)).toEqual(alarms.map(([id]) => id));
  });

  it("is encrypted with the customer's key, refuses requests without TLS, and lets only alarms of its own account publish", () => {
    const key = onlyResourceOf(minimal, 'AWS::KMS::Key');
    const topic = onlyResourceOf(minimal, 'AWS::SNS::Topic');

    expect(topic.resource.Properties).toMatchObject({ KmsMasterKeyId: { 'Fn::GetAtt': [key.id, 'Arn'] } });
    expect(onlyResourceOf(minimal, 'AWS::SNS::TopicPolicy').resource.Properties).toMatchObject({
      Topics: [{ Ref: topic.id }],
      PolicyDocument: {
        Statement: [
          { Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
          {
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
          },
        ],
      },
    });
  });
});

describe('the dashboard', () => {
  /** Its text, with a word for what is only known at deployment. */
  const { 'Fn::Join': [, parts] = ['', []] } = onlyResourceOf(minimal, 'AWS::CloudWatch::Dashboard').resource.Properties
    .DashboardBody as { 'Fn::Join'?: [string, unknown[]] };
  const text = parts.map((part) => (typeof part === 'string' ? part : 'known-at-deployment')).join('');
  const { widgets } = JSON.parse(text) as {
    widgets: { properties: { alarms?: string[]; metrics?: (string | { expression?: string })[][] } }[];
  };
  const lines = widgets.flatMap(({ properties }) => properties.metrics ?? []);

  it('shows every alarm', () => {
    expect(widgets.flatMap(({ properties }) => properties.alarms ?? [])).toHaveLength(alarms.length);
  });

  it('shows metrics of each cluster only if the tenant requests them', () => {
    const clusters = (template: Template) =>
      [...JSON.stringify(onlyResourceOf(template, 'AWS::CloudWatch::Dashboard')).matchAll(/,ClusterId\}/g)].length;

    expect([clusters(minimal), clusters(full)]).toEqual([0, 3]);
  });

  it('shows what the service writes: outcomes of backups, workflows and requests', () => {
    const own = lines.flatMap(([namespace, name]) => (namespace === NAMESPACE ? [String(name)] : []));
    const found = lines.flatMap(([first]) =>
      typeof first === 'object'
        ? [...(first.expression?.matchAll(/MetricName="(\w+)"/g) ?? [])].map(([, name]) => name)
        : [],
    );

    expect([...own, ...found].filter((name) => !Object.hasOwn(METRICS, String(name)))).toEqual([]);
    expect(new Set([...own, ...found])).toEqual(
      new Set([
        ...['BackupsStarted', 'BackupsFinished', 'BackupsFailed', 'BackupsCanceled', 'BackupDuration', 'BackupBytes'],
        ...['WindowsMissed', 'AutoBackupStartsFailed', 'BackupAge', 'ClustersOverdue'],
        ...['BackupsRemovedByRetention', 'RetentionFailures'],
        ...['VerifiedBackupAge', 'ClustersUnverified', 'RecoverySeconds'],
        ...['WorkflowsFinished', 'WorkflowsFailed', 'WorkflowDuration', 'Requests', 'Latency'],
      ]),
    );
  });
});
