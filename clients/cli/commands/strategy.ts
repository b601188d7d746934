import { buildRouteMap } from '@stricli/core';
import type { BackupStrategy } from '../../typescript/api.ts';
import { change } from '../changes.ts';
import { argument, command, DESTRUCTIVE, flag } from '../command.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { time } from '../format.ts';
import { RETENTION, ruleOf, ruleText } from '../retention-rules.ts';
import { SCOPE, scopeOf, scopeText } from '../scopes.ts';
import { facts } from '../table.ts';

const CLUSTER = argument('cluster', 'Id of the registered cluster');

const get = command({
  brief: 'Show when a cluster is backed up, and which backups are kept',
  examples: [['strategy get orders', 'also shows the next three runs']],
  arguments: [CLUSTER],
  async run(session, _flags, clusterId) {
    const client = await session.client;
    const { strategy } = await client.call('GET /clusters/{clusterId}/strategy', { path: { clusterId } });
    session.print(strategy, () => strategyLines(strategy));
  },
});

const set = command({
  brief: 'Set when a cluster is backed up, and which backups are kept; omitted settings stay',
  description: `Set when a cluster is backed up, and which backups are kept. Omitted settings stay as they are, but the --keep-… and --max-age-days flags
together replace the retention rule; a change of that rule needs confirmation, because the next sweep may remove backups.`,
  examples: [
    [
      'strategy set orders --days Monday,Friday --window 22:00-2:00 --timezone Europe/Berlin',
      'backs up on two nights a week',
    ],
    ['strategy set orders --full-days Friday', 'makes the other days incremental'],
    [
      'strategy set orders --keep-last 7 --keep-monthly 12 --plan',
      'shows the changes; `retention preview` shows which backups would be removed',
    ],
  ],
  flags: {
    days: flag.text('Weekdays of automatic backups, separated by commas', 'DAYS'),
    window: flag.text('The hours in which a backup may start', 'H:MM-H:MM'),
    timezone: flag.text('Time zone of window and days, as in Europe/Berlin', 'ZONE'),
    fullDays: flag.text('Days of full backups; the others are incremental', 'DAYS'),
    fallbackToFull: flag.yes('Take a full backup if an incremental one is impossible'),
    pause: flag.yes('Take no automatic backups until --resume'),
    resume: flag.yes('Take automatic backups again'),
    ...SCOPE,
    wholeCluster: flag.yes('Back up the whole cluster again'),
    maxBackupAgeHours: flag.number('Alarm if the newest backup is older'),
    maxVerifiedAgeHours: flag.number('Alarm if the newest verified backup is older'),
    drillDays: flag.text('Weekdays of drills, separated by commas', 'DAYS'),
    drillAssertion: flag.texts('SQL that a drill checks; repeat it for more', 'SQL'),
    ...RETENTION,
    ...DESTRUCTIVE,
  },
  arguments: [CLUSTER],
  async run(session, flags, clusterId) {
    if (flags.pause && flags.resume) throw new CommandError(EXIT.usage, '--pause and --resume exclude each other');
    const client = await session.client;
    const path = { clusterId };
    const { strategy: current } = await client.call('GET /clusters/{clusterId}/strategy', { path });
    const retention = ruleOf(flags);
    const drillDays = flags.drillDays ?? current.drill?.backupDate;
    const strategy = {
      ...withoutAnswers(current),
      backupDate: flags.days ?? current.backupDate,
      period: flags.window ?? current.period,
      timezone: flags.timezone ?? current.timezone,
      fullBackupDate: flags.fullDays ?? current.fullBackupDate,
      fallbackToFull: flags.fallbackToFull ?? current.fallbackToFull,
      paused: flags.pause ?? (flags.resume ? false : current.paused),
      scope: flags.wholeCluster ? undefined : (scopeOf(flags) ?? current.scope),
      maxBackupAgeHours: flags.maxBackupAgeHours ?? current.maxBackupAgeHours,
      maxVerifiedAgeHours: flags.maxVerifiedAgeHours ?? current.maxVerifiedAgeHours,
      retention: retention ?? current.retention,
      drill:
        drillDays === undefined
          ? undefined
          : {
              ...current.drill,
              backupDate: drillDays,
              assertions: flags.drillAssertion ? [...flags.drillAssertion] : current.drill?.assertions,
            },
    };
    const input = { path, body: { strategy } };
    const saved = await change(session, flags, {
      plan: () => client.plan('PUT /clusters/{clusterId}/strategy', input),
      run: () => client.call('PUT /clusters/{clusterId}/strategy', input),
      ...(retention && { confirm: `Change the retention of ${clusterId} to ${ruleText(retention)}` }),
    });
    if (saved === undefined) return;
    const { strategy: answered } = await client.call('GET /clusters/{clusterId}/strategy', { path });
    session.print(answered, () => strategyLines(answered));
  },
});

const remove = command({
  brief: 'Remove the strategy of a cluster: no more automatic backups, no retention',
  examples: [['strategy remove orders --yes', 'does not ask']],
  flags: DESTRUCTIVE,
  arguments: [CLUSTER],
  async run(session, flags, clusterId) {
    const client = await session.client;
    const input = { path: { clusterId } };
    const removed = await change(session, flags, {
      plan: () => client.plan('DELETE /clusters/{clusterId}/strategy', input),
      run: () => client.call('DELETE /clusters/{clusterId}/strategy', input),
      confirm: `Remove the strategy of ${clusterId}`,
    });
    if (removed !== undefined) session.print(removed, () => [`the strategy of ${clusterId} has been removed`]);
  },
});

/** Returned only by `GET`. */
function withoutAnswers({
  nextRuns: _,
  clusterId: __,
  lastMissed: ___,
  lastCanceled: ____,
  ...strategy
}: BackupStrategy) {
  return strategy;
}

function strategyLines(s: BackupStrategy): string[] {
  if (s.backupDate === '' && s.retention === undefined && s.drill === undefined) {
    return [
      `${s.clusterId} has no automatic backups; set some with \`tidb-backup strategy set ${s.clusterId} --days … --window …\``,
    ];
  }
  return facts([
    ['cluster', s.clusterId],
    ['days', s.backupDate],
    ['window', `${s.period} ${s.timezone}`],
    ['full on', s.fullBackupDate],
    ['paused', s.paused ? 'yes' : undefined],
    ['scope', scopeText(s.scope)],
    ['retention', ruleText(s.retention)],
    ['drills', s.drill?.backupDate],
    ['max age', s.maxBackupAgeHours === undefined ? undefined : `${s.maxBackupAgeHours} h`],
    ['max age verified', s.maxVerifiedAgeHours === undefined ? undefined : `${s.maxVerifiedAgeHours} h`],
    ['next runs', s.nextRuns.map(time).join(', ')],
    ['last missed', s.lastMissed && `${time(s.lastMissed.start)}: ${s.lastMissed.reason}`],
  ]);
}

export const strategy = buildRouteMap({
  routes: { get, set, remove },
  docs: { brief: 'When a cluster is backed up, and which backups are kept' },
});
