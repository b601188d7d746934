import { buildRouteMap } from '@stricli/core';
import { accountOf, TIDB, tidbFields } from '../accounts.ts';
import { change } from '../changes.ts';
import { argument, command, DESTRUCTIVE, flag, WAITING } from '../command.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { follow, followedWorkflow, followOrPrint } from '../follow.ts';
import { SCOPE, scopeOf } from '../scopes.ts';
import { jsonOf } from './backup.ts';

const start = command({
  brief: 'Restore a backup into a registered cluster, or into a new one',
  description: `Restore a backup into a registered cluster that has none of its tables (--into), or into a new cluster (--new) that the tenant's
provisioner creates or that --host names.`,
  examples: [
    [
      'restore start 6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11 --into staging --plan',
      'says what it would do, how long it takes and what it costs',
    ],
    [
      'restore start 6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11 --into staging --table shop.orders --watch',
      'restores a single table',
    ],
    ['restore start 6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11 --new "Orders, copy" --watch', 'restores into a new cluster'],
  ],
  flags: {
    into: flag.text('The registered cluster to restore into', 'CLUSTER'),
    new: flag.text('Name of the new cluster to restore into', 'NAME'),
    newId: flag.text('With --new: its id. Defaults to a new one', 'ID'),
    ...SCOPE,
    source: flag.choice('Which files to read', ['original', 'copy']),
    executor: flag.choice('Where it runs', ['lambda', 'fargate']),
    withSystemTables: flag.yes('Also restore users and grants'),
    confirmAccounts: flag.yes('Confirm that users and grants of the target are replaced'),
    onFailure: flag.choice('With --new: what to do with the cluster if the restore fails', ['destroy', 'keep']),
    parameters: flag.text('With --new: parameters for the provisioner, as JSON', 'JSON'),
    ...TIDB,
    ...DESTRUCTIVE,
    ...WAITING,
  },
  arguments: [argument('backup', 'Id of the backup')],
  async run(session, flags, backupId) {
    const { into, new: clusterName, source, executor, withSystemTables, confirmAccounts } = flags;
    if ((into === undefined) === (clusterName === undefined)) {
      throw new CommandError(
        EXIT.usage,
        'name the target: --into CLUSTER or --new NAME',
        'see `tidb-backup restore start --help`',
      );
    }
    const client = await session.client;
    const body = { backupId, scope: scopeOf(flags), source, executor, withSystemTables, confirmAccounts };
    const inPlace = { path: { clusterId: into ?? '' }, body };
    const inNew = clusterName === undefined ? undefined : { body: { ...body, ...(await newCluster(clusterName)) } };
    const plan = () =>
      inNew ? client.plan('POST /clusters/restore', inNew) : client.plan('POST /clusters/{clusterId}/restore', inPlace);
    // Estimated before the restore holds the cluster, to show the time left.
    const expectedSeconds = flags.watch && !flags.plan ? (await plan()).durationSeconds : undefined;
    const started = await change(session, flags, {
      plan,
      run: () =>
        inNew
          ? client.call('POST /clusters/restore', inNew)
          : client.call('POST /clusters/{clusterId}/restore', inPlace),
      ...(into !== undefined && { confirm: `Restore backup ${backupId} into ${into}` }),
    });
    if (started === undefined) return;
    const { workFlowId } = started;
    const followed = followedWorkflow(session, { what: `Restore ${workFlowId}`, workFlowId, expectedSeconds });
    await followOrPrint(session, flags, followed, {
      started,
      headline: `restore ${workFlowId} has started${'clusterId' in started ? ` into the new cluster ${started.clusterId}` : ''}`,
    });

    async function newCluster(name: string) {
      return {
        clusterName: name,
        clusterId: flags.newId,
        endpoints: flags.host && [...flags.host],
        account: await accountOf(flags, session.surroundings),
        ...(await tidbFields(flags)),
        parameters: jsonOf(flags.parameters),
        onFailure: flags.onFailure,
      };
    }
  },
});

const watch = command({
  brief: 'Show the progress of a restore until it has ended',
  examples: [['restore watch c3a8e7d0-51b2-4f96-b0de-94d1a7c86e25', 'the exit code says how it ended']],
  flags: { timeout: WAITING.timeout },
  arguments: [argument('workflow', 'Id of the restore')],
  async run(session, flags, workFlowId) {
    await follow(
      session,
      { watch: true, ...flags },
      followedWorkflow(session, { what: `Restore ${workFlowId}`, workFlowId }),
    );
  },
});

export const restore = buildRouteMap({
  routes: { start, watch },
  docs: { brief: 'Restores into a registered or a new cluster' },
});
