import { mutantsOf } from '../mutant.ts';

const TABLE = ['test/infra/alarm-table.test.ts'];

export const INFRA = [
  ...mutantsOf(
    'infra/constructs/monitoring/alarms.ts',
    TABLE,
    ['{ evaluationPeriods: 3 },', '{ evaluationPeriods: 12 },'],
    ['{ evaluationPeriods: 2 },', '{ evaluationPeriods: 24 },'],
    ['autoBackup: Duration.minutes(15)', 'autoBackup: Duration.hours(24)'],
    ['const SOON = Duration.minutes(5)', 'const SOON = Duration.minutes(60)'],
    ['const LATE = Duration.minutes(15)', 'const LATE = Duration.hours(15)'],
    ['lettersIn(deadLetters.changes)', 'lettersIn(deadLetters.invocations)'],
    ["sumOver(functions, 'Errors', SOON)", "sumOver(functions, 'Throttles', SOON)"],
    ['sumOver(functions,', 'sumOver(functions.slice(1),'],
    ['datapointsToAlarm: 2', 'datapointsToAlarm: 3'],
    ['ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD', 'ComparisonOperator.GREATER_THAN_THRESHOLD'],
    ["emitted('ClustersOverdue', { statistic: 'Maximum'", "emitted('ClustersOverdue', { statistic: 'Sum'"],
  ),
  ...mutantsOf(
    'infra/constructs/monitoring/alarms.ts',
    ['test/infra/watched.test.ts'],
    ['alarm.addOkAction(new SnsAction(this.topic));', ''],
  ),
  ...mutantsOf(
    'infra/constructs/monitoring/alarms.ts',
    ['test/infra/alarms-played.test.ts'],
    [
      "emitted('AutoBackupStartsFailed', { statistic: 'SampleCount'",
      "emitted('WindowsMissed', { statistic: 'SampleCount'",
    ],
    ['TreatMissingData.BREACHING', 'TreatMissingData.NOT_BREACHING'],
    ['dimensions: { FlowName: flow }', "dimensions: { FlowName: 'RestoreDrill' }"],
  ),
  ...mutantsOf('infra/constructs/sweeps/backup-ages.ts', TABLE, [
    'const EVERY = Duration.minutes(15)',
    'const EVERY = Duration.minutes(60)',
  ]),
  ...mutantsOf(
    'infra/constructs/monitoring/dashboard.ts',
    ['test/infra/watched.test.ts'],
    ['      clusterMetrics\n', '      !clusterMetrics\n'],
  ),
  ...mutantsOf(
    'infra/constructs/workflows/retry-policies.ts',
    ['test/unit/state-machines.test.ts'],
    ["'Runtime.ExitError', ", ''],
    ["'Lambda.SdkClientException',", ''],
    ["const THROTTLED = 'Lambda.TooManyRequestsException'", "const THROTTLED = 'Lambda.Throttled'"],
  ),
  ...mutantsOf(
    'infra/constructs/api/service-api.ts',
    ['test/infra/authorization.test.ts'],
    ['jwtAudience: authorization.audience', 'jwtAudience: authorization.audience.slice(0, 1)'],
  ),
  ...mutantsOf(
    'infra/constructs/data/backup-storage.ts',
    ['test/infra/data-protection.test.ts'],
    ['Duration.days(afterDays)', 'Duration.days(afterDays + 1)'],
  ),
  ...mutantsOf(
    'infra/constructs/function/node-network.ts',
    ['test/infra/functions.test.ts', 'test/infra/stack.test.ts'],
    [".join(',')", ".join(' ')"],
  ),
];
