import { buildRouteMap } from '@stricli/core';
import type { BackupEvidence, BackupRecord } from '../../typescript/api.ts';
import { change } from '../changes.ts';
import { argument, CHANGE, command, DESTRUCTIVE, flag, optionalArgument, WAITING } from '../command.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { follow, followedBackup, followedWorkflow, followOrPrint, readBackup } from '../follow.ts';
import { duration, secondsBetween, size, time } from '../format.ts';
import { firstItems, LIST, unixSeconds } from '../lists.ts';
import { SCOPE, scopeOf, scopeText } from '../scopes.ts';
import type { Session } from '../session.ts';
import { facts } from '../table.ts';

const BACKUP = argument('backup', 'Id of the backup');

const RANGE = {
  since: flag.text('Only backups created since then: a date, a time, 7d or 12h', 'TIME'),
  until: flag.text('Only backups created until then', 'TIME'),
};

const EXECUTOR = flag.choice('Where it runs. Defaults to what its estimated duration needs', ['lambda', 'fargate']);
const SOURCE = flag.choice('Which files to read', ['original', 'copy']);
const MODE = flag.choice('Only backups that were started manually, or automatically', ['manual', 'auto']);

const start = command({
  brief: 'Start a backup',
  examples: [
    ['backup start orders --watch', 'shows its progress; the exit code says how it ended'],
    ['backup start orders --type incr', 'backs up the changes since the newest backup'],
    ['backup start orders --database shop --plan', 'says what it would do and cost'],
  ],
  flags: {
    type: flag.choice('A full backup, or the changes since the newest one', ['full', 'incr']),
    ...SCOPE,
    executor: EXECUTOR,
    expireAt: flag.text('Delete it then, regardless of retention', 'TIME'),
    checksums: flag.yes('Record a checksum of each table for drills'),
    ...CHANGE,
    ...WAITING,
  },
  arguments: [argument('cluster', 'Id of the registered cluster')],
  async run(session, flags, clusterId) {
    const client = await session.client;
    const { type: backupType, executor, expireAt, checksums } = flags;
    const body = { clusterId, backupType, scope: scopeOf(flags), executor, expireAt, checksums };
    const started = await change(session, flags, {
      plan: () => client.plan('POST /backups', { body }),
      run: () => client.call('POST /backups', { body }),
    });
    if (started === undefined) return;
    if (flags.watch) session.note(`backup ${started.backupId}`);
    await followOrPrint(session, flags, followedBackup(session, started.backupId), {
      started,
      headline: `backup ${started.backupId} has started`,
    });
  },
});

const list = command({
  brief: 'List backups, newest first',
  examples: [
    ['backup list --cluster orders --since 7d', 'lists those of the last week'],
    ['backup list --mode auto --limit 0 --json', 'prints all automatic ones for a program'],
  ],
  flags: { cluster: flag.text('Only backups of this cluster', 'CLUSTER'), mode: MODE, ...RANGE, ...LIST },
  async run(session, flags) {
    const client = await session.client;
    const query = { clusterId: flags.cluster, backupMode: flags.mode, ...rangeOf(flags, session) };
    const pages = (pageSize: number) => client.pages('GET /backups', { query: { ...query, pageSize } });
    const records = await firstItems(session, flags, pages, (data) => data.backupRecords);
    session.print(records, () =>
      records.length === 0
        ? ['no backups']
        : session.table(
            ['BACKUP', 'CLUSTER', 'CREATED', 'TYPE', 'MODE', 'STATUS', 'SIZE', 'TOOK', 'VERIFIED'],
            records.map((r) => [
              ...[r.id, r.clusterId, time(r.createTime), r.backupType, r.backupMode, statusOf(r)],
              ...[sizeOf(r), tookOf(r), time(r.verifiedAt)],
            ]),
          ),
    );
  },
});

const show = command({
  brief: 'Show everything about a backup',
  examples: [['backup show 6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11', 'shows one backup']],
  arguments: [BACKUP],
  async run(session, _flags, backupId) {
    const record = await readBackup(session, backupId);
    session.print(record, () => recordLines(record));
  },
});

const watch = command({
  brief: 'Show the progress of a backup until it has ended',
  examples: [['backup watch 6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11', 'the exit code says how it ended']],
  flags: { timeout: WAITING.timeout },
  arguments: [BACKUP],
  async run(session, flags, backupId) {
    await follow(session, { watch: true, ...flags }, followedBackup(session, backupId));
  },
});

const cancel = command({
  brief: 'Cancel a running backup',
  examples: [['backup cancel 6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11 --yes', 'does not ask']],
  flags: DESTRUCTIVE,
  arguments: [BACKUP],
  async run(session, flags, backupId) {
    const client = await session.client;
    const { clusterId } = await readBackup(session, backupId);
    const body = { clusterId, backupId };
    const canceled = await change(session, flags, {
      plan: () => client.plan('POST /backups/cancel', { body }),
      run: () => client.call('POST /backups/cancel', { body }),
      confirm: `Cancel backup ${backupId} of ${clusterId}`,
    });
    if (canceled === undefined) return;
    session.print(canceled, () => [
      `backup ${backupId} is being canceled`,
      `next: see it end with \`tidb-backup backup watch ${backupId}\``,
    ]);
  },
});

const deleteBackups = command({
  brief: 'Delete a backup with its files, or all backups of a cluster',
  examples: [
    ['backup delete 6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11', 'shows what would be deleted, and asks'],
    [
      'backup delete --cluster orders --mode auto --except 6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11',
      'deletes all automatic ones but one',
    ],
  ],
  flags: {
    force: flag.yes('Also delete the backups that build on it'),
    cluster: flag.text('Delete all backups of this cluster instead', 'CLUSTER'),
    mode: MODE,
    except: flag.texts('With --cluster: keep this backup; repeat it for more', 'BACKUP'),
    ...DESTRUCTIVE,
  },
  arguments: [optionalArgument('backup', 'Id of the backup')],
  async run(session, flags, backupId) {
    const client = await session.client;
    const { cluster: clusterId } = flags;
    if ((backupId === undefined) === (clusterId === undefined)) {
      throw new CommandError(
        EXIT.usage,
        'name either a backup or --cluster ID',
        'see `tidb-backup backup delete --help`',
      );
    }
    if (clusterId !== undefined && flags.force) throw new CommandError(EXIT.usage, '--force needs a single backup');
    if (clusterId === undefined && (flags.mode ?? flags.except) !== undefined) {
      throw new CommandError(EXIT.usage, '--mode and --except need --cluster');
    }
    const deleted = await change(session, flags, backupId === undefined ? ofCluster(clusterId ?? '') : ofOne(backupId));
    if (deleted !== undefined) session.print(deleted, () => ['deletion has started']);

    function ofOne(id: string) {
      const input = { path: { backupId: id }, query: { force: flags.force ? ('true' as const) : undefined } };
      return {
        plan: () => client.plan('DELETE /backups/{backupId}', input),
        run: () => client.call('DELETE /backups/{backupId}', input),
        confirm: `Delete backup ${id}${flags.force ? ' and all that build on it' : ''}`,
      };
    }
    function ofCluster(id: string) {
      const excludeBackupId = flags.except && [...flags.except];
      const input = { query: { clusterId: id, backupMode: flags.mode, excludeBackupId } };
      return {
        plan: () => client.plan('DELETE /backups', input),
        run: () => client.call('DELETE /backups', input),
        confirm: `Delete ${flags.mode === undefined ? 'all' : `all ${flags.mode}`} backups of ${id}`,
      };
    }
  },
});

const drill = command({
  brief: 'Restore a backup into a throwaway cluster, compare it, and keep the evidence',
  examples: [
    ['backup drill 6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11 --watch', 'shows its progress; exits with 3 if it fails'],
    [
      'backup drill 6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11 --assertion "SELECT COUNT(*) > 0 FROM shop.orders"',
      'also runs an assertion',
    ],
  ],
  flags: {
    assertion: flag.texts('SQL that must be true in the restored cluster; repeat it for more', 'SQL'),
    parameters: flag.text('Parameters for the provisioner, as JSON', 'JSON'),
    source: SOURCE,
    executor: EXECUTOR,
    ...CHANGE,
    ...WAITING,
  },
  arguments: [BACKUP],
  async run(session, flags, backupId) {
    const client = await session.client;
    const { source, executor } = flags;
    const path = { backupId };
    const body = {
      assertions: flags.assertion && [...flags.assertion],
      parameters: jsonOf(flags.parameters),
      source,
      executor,
    };
    const started = await change(session, flags, {
      plan: () => client.plan('POST /backups/{backupId}/drill', { path, body }),
      run: () => client.call('POST /backups/{backupId}/drill', { path, body }),
    });
    if (started === undefined) return;
    const { workFlowId } = started;
    const outcome = async () => (await readBackup(session, backupId)).evidence?.result ?? '';
    const followed = followedWorkflow(session, {
      what: `Drill of ${backupId}`,
      workFlowId,
      again: `workflow watch ${workFlowId}`,
      outcome,
    });
    await followOrPrint(session, flags, followed, { started, headline: `drill ${workFlowId} has started` });
  },
});

const undelete = command({
  brief: 'Recover the files of a backup that somebody else deleted or overwrote',
  examples: [['backup undelete 6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11 --watch', 'the exit code says how it ended']],
  flags: { ...CHANGE, ...WAITING },
  arguments: [BACKUP],
  async run(session, flags, backupId) {
    const client = await session.client;
    const input = { path: { backupId } };
    const started = await change(session, flags, {
      plan: () => client.plan('POST /backups/{backupId}/undelete', input),
      run: () => client.call('POST /backups/{backupId}/undelete', input),
    });
    if (started === undefined) return;
    const { workFlowId } = started;
    const followed = followedWorkflow(session, {
      what: `Undelete of ${backupId}`,
      workFlowId,
      again: `workflow watch ${workFlowId}`,
    });
    await followOrPrint(session, flags, followed, { started, headline: `undelete ${workFlowId} has started` });
  },
});

const importBackups = command({
  brief: 'Create the missing records of backups that lie in a bucket',
  examples: [
    ['backup import --plan --wait', 'lists what would be imported'],
    ['backup import --path s3://bucket/prefix --cluster orders --wait', 'imports backups from another place'],
  ],
  flags: {
    path: flag.text("Where the backups lie. Defaults to the deployment's own store", 'URL'),
    cluster: flag.text('The cluster that backups without a manifest belong to', 'CLUSTER'),
    plan: flag.yes('Only list what would be imported; a workflow too'),
    ...WAITING,
  },
  async run(session, flags) {
    const client = await session.client;
    const query = { plan: flags.plan ? ('true' as const) : undefined };
    const started = await client.call('POST /backups/import', {
      query,
      body: { path: flags.path, clusterId: flags.cluster },
    });
    const { workFlowId } = started;
    const followed = followedWorkflow(session, {
      what: flags.plan ? 'Plan of the import' : 'Import',
      workFlowId,
      again: `workflow watch ${workFlowId}`,
      outcome: () => importOutcome(session, workFlowId),
    });
    await followOrPrint(session, flags, followed, { started, headline: `import ${workFlowId} has started` });
  },
});

const evidence = command({
  brief: 'Print the evidence of a backup, or of all backups of a cluster, for an auditor',
  examples: [
    ['backup evidence 6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11', 'covers one backup'],
    [
      'backup evidence --cluster orders --since 90d --csv > orders.csv',
      'covers a quarter, with missed windows, as a file',
    ],
  ],
  flags: { cluster: flag.text('All backups of this cluster instead', 'CLUSTER'), ...RANGE, csv: flag.yes('Write CSV') },
  arguments: [optionalArgument('backup', 'Id of the backup')],
  async run(session, flags, backupId) {
    const client = await session.client;
    const { cluster: clusterId } = flags;
    if ((backupId === undefined) === (clusterId === undefined)) {
      throw new CommandError(
        EXIT.usage,
        'name either a backup or --cluster ID',
        'see `tidb-backup backup evidence --help`',
      );
    }
    if (backupId !== undefined) {
      const input = { path: { backupId } };
      if (flags.csv)
        return void session.surroundings.stdout.write(await client.file('GET /backups/{backupId}/evidence', input));
      const data = await client.call('GET /backups/{backupId}/evidence', input);
      return session.print(data, () => evidenceLines(data.evidence));
    }
    const input = { path: { clusterId: clusterId ?? '' }, query: rangeOf(flags, session) };
    if (flags.csv)
      return void session.surroundings.stdout.write(await client.file('GET /clusters/{clusterId}/evidence', input));
    const backups: BackupEvidence[] = [];
    const missedWindows: { start: string; end: string; reason: string }[] = [];
    for await (const { data } of client.pages('GET /clusters/{clusterId}/evidence', {
      ...input,
      query: { ...input.query, pageSize: 100 },
    })) {
      backups.push(...data.backups);
      missedWindows.push(...data.missedWindows);
    }
    session.print({ backups, missedWindows }, () => [
      ...session.table(
        ['BACKUP', 'CREATED', 'TYPE', 'STATUS', 'SIZE', 'VERIFIED', 'DRILL'],
        backups.map((b) => [
          b.backupId,
          time(b.createTime),
          b.backupType,
          b.status,
          size(b.sizeBytes),
          time(b.verifiedAt),
          b.drill?.result,
        ]),
      ),
      ...(missedWindows.length === 0
        ? []
        : [
            '',
            ...session.table(
              ['MISSED WINDOW', 'UNTIL', 'REASON'],
              missedWindows.map((w) => [time(w.start), time(w.end), w.reason]),
            ),
          ]),
    ]);
  },
});

async function importOutcome(session: Session, workFlowId: string): Promise<string> {
  const client = await session.client;
  const { counts } = await client.call('GET /workflow/{workFlowId}/import', { path: { workFlowId } });
  return `${counts.imported} imported, ${counts.present} had a record, ${counts.skipped} skipped`;
}

function rangeOf(
  { since, until }: { readonly since?: string | undefined; readonly until?: string | undefined },
  { surroundings }: Session,
) {
  const now = surroundings.now();
  return { startTime: unixSeconds(since, now), endTime: unixSeconds(until, now) };
}

export function jsonOf(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Rejected below, since it is JSON but no object.
  }
  throw new CommandError(EXIT.usage, '--parameters must be a JSON object');
}

function recordLines(record: BackupRecord): string[] {
  const { evidence: drilled, error, checksums } = record;
  return facts([
    ['backup', record.id],
    ['cluster', record.clusterId],
    ['status', statusOf(record)],
    ['doing', record.step],
    ['error', error?.message],
    ['type', `${record.backupType}, ${record.backupMode}`],
    ['builds on', record.baseBackupId],
    ['full because', record.fullBecause],
    ['scope', scopeText(record.scope)],
    ['created', time(record.createTime)],
    ['started', time(record.startTime)],
    ['ended', time(record.endTime)],
    ['took', tookOf(record)],
    ['size', sizeOf(record)],
    ['files', record.files],
    ['path', record.filePath],
    ['second copy', record.copyPath],
    ['copied', time(record.copiedAt)],
    ['TSO', record.backupTso],
    ['TiDB', record.tidbVersion],
    ['ran on', record.executor],
    ['locked until', time(record.lockedUntil)],
    ['expires', time(record.expireAt)],
    ['checksums', checksums && (checksums.missing ?? `${checksums.tables ?? 0} tables`)],
    ['verified', time(record.verifiedAt)],
    ['drill', drilled && `${drilled.result} at ${time(drilled.time)}: ${drilled.tables} tables, ${drilled.rows} rows`],
    ['drill said', drilled?.reason],
    ['last failure', record.lastFailure && `${time(record.lastFailure.time)}: ${record.lastFailure.reason}`],
  ]);
}

function evidenceLines(e: BackupEvidence): string[] {
  return facts([
    ['backup', e.backupId],
    ['cluster', e.clusterId],
    ['status', e.status],
    ['chain', e.chain.map(({ backupId }) => backupId).join(' → ')],
    ['chain incomplete', e.chainIncomplete],
    ['scope', scopeText(e.scope)],
    ['TSO', e.backupTso],
    ['size', size(e.sizeBytes)],
    ['location', e.location],
    ['locked until', time(e.lockedUntil)],
    ['verified', time(e.verifiedAt)],
    ['recovery took', e.recoverySeconds === undefined ? undefined : duration(e.recoverySeconds)],
    ['drill', e.drill && `${e.drill.result} at ${time(e.drill.time)}: ${e.drill.tables} tables, ${e.drill.rows} rows`],
    ['mismatches', e.drill?.mismatches.join(', ')],
    ['last failure', e.lastFailure && `${time(e.lastFailure.time)}: ${e.lastFailure.reason}`],
  ]);
}

function statusOf({ status, progress }: BackupRecord): string {
  return status === 'Processing' && progress !== undefined ? `${status} ${Math.floor(progress)} %` : status;
}

function sizeOf({ status, sizeBytes }: BackupRecord): string {
  return status === 'Finished' || status === 'Deleting' ? size(sizeBytes) : '';
}

function tookOf({ startTime, endTime }: BackupRecord): string {
  const seconds = secondsBetween(startTime, endTime);
  return seconds === undefined ? '' : duration(seconds);
}

export const backup = buildRouteMap({
  routes: { start, list, show, watch, cancel, delete: deleteBackups, drill, undelete, import: importBackups, evidence },
  docs: { brief: 'Backups, their drills and their evidence' },
});
