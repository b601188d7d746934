import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { dimensionsOf, type MetricName } from '../../functions/domain/events/metrics.ts';
import { FUNCTION_MEMORY_GB } from '../../functions/domain/planning/cost.ts';
import { LIST_PRICES_USD, PRICES_AS_OF, PRICES_REGION } from '../../functions/domain/planning/list-prices.ts';
import { readPage, sectionOf } from '../support/docs.ts';
import { tableRows } from '../support/table-rows.ts';
import { CONSOLE_TENANT, FULL_TENANT, MINIMAL_TENANT, resourcesOf, synthesized } from './synthesized.ts';

/** Monthly cost in US dollars of resources that exist without activity, from the same lists as LIST_PRICES_USD. */
const MONTHLY_USD = {
  kmsKey: 1,
  secret: 0.4,
  /** Per metric in an alarm. */
  alarmMetric: 0.1,
  dashboard: 3,
  customMetric: 0.3,
  logGb: 0.5,
  ecrGb: 0.1,
  natGateway: 0.045 * 730,
  /** An interface endpoint in one availability zone. */
  vpcEndpoint: 0.01 * 730,
};

const MINUTES_A_MONTH = 730 * 60;

/** A sweep with nothing to do takes about a second; these read each cluster, at 0.5 s per 100. */
const SWEEPS_OF_CLUSTERS = /^(BackupAges|Drills)/;
const SECONDS_OF_SWEEP = 1;
const SECONDS_OF_CLUSTER = 0.005;
/** Queries of a sweep, at most a unit each, and lines of the log. */
const READ_UNITS_OF_SWEEP = 10;
const LOG_BYTES_OF_SWEEP = 2_000;
const IMAGE_GB = 0.2;

/** Metrics that are written without activity. */
const IDLE_METRICS = [
  ...(['WindowsMissed', 'AutoBackupStartsFailed', 'ClustersOverdue', 'ClustersUnverified'] as const),
  ...(['BackupsRemovedByRetention', 'RetentionFailures', 'BackupAge', 'VerifiedBackupAge'] as const),
  'BackupFilesMissing',
] satisfies MetricName[];

const count = (template: Template, type: string) => resourcesOf(template, type).length;

function alarmMetrics(template: Template): number {
  return resourcesOf<{ Metrics?: { MetricStat?: object }[] }>(template, 'AWS::CloudWatch::Alarm')
    .map(([, { Properties }]) => Properties.Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1)
    .reduce((sum, metrics) => sum + metrics, 0);
}

function customMetrics(clusters: number, byCluster: boolean): number {
  return IDLE_METRICS.flatMap((name) => dimensionsOf(name, byCluster))
    .map((dimensions) => (dimensions.includes('ClusterId') ? clusters : 1))
    .reduce((sum, metrics) => sum + metrics, 0);
}

/** Per month, for all sweeps. */
function sweepsUsd(template: Template, clusters: number): number {
  let usd = 0;
  for (const [id, { Properties }] of resourcesOf<{ ScheduleExpression?: string }>(template, 'AWS::Events::Rule')) {
    if (Properties.ScheduleExpression === undefined) continue;
    const perMonth = MINUTES_A_MONTH / minutesOf(Properties.ScheduleExpression);
    const looked = SWEEPS_OF_CLUSTERS.test(id) ? clusters : 0;
    const seconds = SECONDS_OF_SWEEP + SECONDS_OF_CLUSTER * looked;
    const each =
      LIST_PRICES_USD.lambdaRequest +
      LIST_PRICES_USD.lambdaGbSecond * FUNCTION_MEMORY_GB * seconds +
      LIST_PRICES_USD.dynamodbReadUnit * (READ_UNITS_OF_SWEEP + looked) +
      (MONTHLY_USD.logGb * LOG_BYTES_OF_SWEEP) / 1024 ** 3;
    usd += perMonth * each;
  }
  return usd;
}

function minutesOf(schedule: string): number {
  const [, number, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule) ?? [];
  const minutes = { minute: 1, hour: 60, day: 24 * 60 }[unit];
  if (minutes === undefined) throw new Error(`${schedule} is not understood`);
  return Number(number) * minutes;
}

/** Each cluster has a secret of the service for its account. */
function idleUsd(template: Template, clusters: number, byCluster = false): number {
  return (
    count(template, 'AWS::KMS::Key') * MONTHLY_USD.kmsKey +
    clusters * MONTHLY_USD.secret +
    alarmMetrics(template) * MONTHLY_USD.alarmMetric +
    count(template, 'AWS::CloudWatch::Dashboard') * MONTHLY_USD.dashboard +
    customMetrics(clusters, byCluster) * MONTHLY_USD.customMetric +
    sweepsUsd(template, clusters) +
    count(template, 'AWS::ECS::TaskDefinition') * IMAGE_GB * MONTHLY_USD.ecrGb
  );
}

const COST = sectionOf(readPage('docs/sizing.md'), 'Idle cost');

describe('the idle cost in docs/sizing.md', () => {
  const without = synthesized(MINIMAL_TENANT);
  const { network } = FULL_TENANT;
  const within = synthesized({ ...MINIMAL_TENANT, network });
  const [, endpoints = ''] = /VPC endpoints for \((.*?)\)/s.exec(readPage('docs/deploy.md')) ?? [];
  // The others are gateway endpoints, which cost nothing.
  const interfaces = [...endpoints.matchAll(/`([^`]+)`/g)].filter(([, name]) => name !== 'dynamodb' && name !== 's3');

  it("equals the template's resources times list prices, for 1 and 200 clusters", () => {
    const row = (name: string, template: Template, more: number) => [
      name,
      ...[1, 200].map((clusters) => `$${Math.round(idleUsd(template, clusters) + more)}`),
    ];
    const cells = tableRows(COST).slice(2);
    const perZone = interfaces.length * MONTHLY_USD.vpcEndpoint;

    expect(cells).toEqual([
      row('without a network', without, 0),
      row('with one, through a NAT gateway', within, MONTHLY_USD.natGateway),
      row(`with one, through ${interfaces.length} interface endpoints in two zones`, within, 2 * perZone),
    ]);
    expect(COST).toContain(`${PRICES_REGION}, read ${PRICES_AS_OF}`);
  });

  it('says what most of it is for', () => {
    const share = {
      alarms: alarmMetrics(without) * MONTHLY_USD.alarmMetric,
      metrics: customMetrics(1, false) * MONTHLY_USD.customMetric,
      sweeps: sweepsUsd(without, 1),
      clusterMetrics: idleUsd(without, 200, true) - idleUsd(without, 200),
    };

    expect(COST).toContain(`alarms ($${share.alarms.toFixed(2)})`);
    expect(COST).toContain(`metrics ($${share.metrics.toFixed(2)})`);
    expect(COST).toContain(`sweeps ($${share.sweeps.toFixed(2)})`);
    expect(COST).toContain(`\`clusterMetrics\` would add $${share.clusterMetrics.toFixed(0)} for 200`);
  });

  it('is no higher with the console', () => {
    expect(idleUsd(synthesized(CONSOLE_TENANT), 1)).toBeCloseTo(idleUsd(without, 1), 2);
    expect(COST).toContain('`console: true` adds less than a cent');
  });

  it('leaves out no resource with a monthly price', () => {
    for (const type of [
      'AWS::EC2::NatGateway',
      'AWS::EC2::VPCEndpoint',
      'AWS::ECS::Service',
      'AWS::SecretsManager::Secret',
    ])
      expect(count(within, type), type).toBe(0);
  });
});
