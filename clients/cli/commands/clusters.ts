import { buildRouteMap } from '@stricli/core';
import type { Cluster, ClusterDetail } from '../../typescript/api.ts';
import { accountOf, TIDB, tidbFields } from '../accounts.ts';
import { change } from '../changes.ts';
import { argument, CHANGE, command, DESTRUCTIVE, flag, WAITING } from '../command.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { checkOutcome, findingLines } from '../findings.ts';
import { followedWorkflow, followOrPrint } from '../follow.ts';
import { time } from '../format.ts';
import { firstItems, LIST } from '../lists.ts';
import type { Session } from '../session.ts';
import { facts } from '../table.ts';

const CLUSTER = argument('cluster', 'Id of the registered cluster');

const EXECUTOR = flag.choice('Where its backups and restores run by default', ['lambda', 'fargate']);

const list = command({
  brief: 'List the registered clusters',
  examples: [['clusters list --json', 'prints them for a program']],
  flags: LIST,
  async run(session, flags) {
    const client = await session.client;
    const pages = (pageSize: number) => client.pages('GET /clusters', { query: { pageSize } });
    const clusters = await firstItems(session, flags, pages, (data) => data.clusters);
    session.print(clusters, () =>
      clusters.length === 0
        ? ['no cluster is registered; add one with `tidb-backup clusters add`']
        : session.table(
            ['CLUSTER', 'NAME', 'SERVERS', 'TLS', 'TIME ZONE', 'BUSY WITH'],
            clusters.map((c) => [c.clusterId, c.clusterName, c.endpoints.join(','), c.tls, c.timezone, busyWith(c)]),
          ),
    );
  },
});

const show = command({
  brief: 'Show a cluster, the operation that holds it, and the result of its last check',
  examples: [['clusters show orders', 'shows one cluster']],
  arguments: [CLUSTER],
  async run(session, _flags, clusterId) {
    const client = await session.client;
    const cluster = await client.call('GET /clusters/{clusterId}', { path: { clusterId } });
    session.print(cluster, () => clusterLines(cluster, session));
  },
});

const add = command({
  brief: 'Register a cluster, and start a check of it',
  description: `Register a cluster, and start a check of it.
The password is never a flag: it is asked for, or comes from --password-stdin, TIDB_BACKUP_PASSWORD or --password-secret.`,
  examples: [
    [
      'clusters add orders --name Orders --host tidb.example.com:4000 --user backup --tls verify',
      'asks for the password',
    ],
    [
      'clusters add orders --host tidb.example.com:4000 --password-secret ARN',
      'leaves the password in Secrets Manager',
    ],
  ],
  flags: { name: flag.text('Name for people. Defaults to the id', 'NAME'), ...TIDB, executor: EXECUTOR, ...CHANGE },
  arguments: [CLUSTER],
  async run(session, flags, clusterId) {
    const account = await accountOf(flags, session.surroundings);
    if (account === undefined) throw missing('--user NAME or --password-secret ARN');
    if (flags.host === undefined) throw missing('--host HOST:PORT');
    const client = await session.client;
    const fields = await tidbFields(flags);
    const endpoints = [...flags.host];
    const body = {
      clusterId,
      clusterName: flags.name ?? clusterId,
      endpoints,
      account,
      executor: flags.executor,
      ...fields,
    };
    const registered = await change(session, flags, {
      plan: () => client.plan('POST /clusters', { body }),
      run: () => client.call('POST /clusters', { body }),
    });
    if (registered === undefined) return;
    session.print(registered, () => [
      `cluster ${clusterId} is registered, and a check of it has started`,
      `next: see what it found with \`tidb-backup clusters show ${clusterId}\``,
    ]);
  },
});

const changeCluster = command({
  brief: 'Change the registration of a cluster; omitted fields stay',
  examples: [
    ['clusters change orders --host tidb-0.example.com:4000 --host tidb-1.example.com:4000', 'replaces its servers'],
    ['clusters change orders --user backup --password-stdin < password', 'replaces its account'],
  ],
  flags: { name: flag.text('Name for people', 'NAME'), ...TIDB, executor: EXECUTOR, ...CHANGE },
  arguments: [CLUSTER],
  async run(session, flags, clusterId) {
    const client = await session.client;
    const path = { clusterId };
    const current = await client.call('GET /clusters/{clusterId}', { path });
    const body = {
      clusterName: flags.name ?? current.clusterName,
      endpoints: [...(flags.host ?? current.endpoints)],
      account: await accountOf(flags, session.surroundings),
      executor: flags.executor ?? current.executor,
      ...(await tidbFields({ ...flags, tls: flags.tls ?? current.tls, timezone: flags.timezone ?? current.timezone })),
    };
    const changed = await change(session, flags, {
      plan: () => client.plan('PUT /clusters/{clusterId}', { path, body }),
      run: () => client.call('PUT /clusters/{clusterId}', { path, body }),
    });
    if (changed === undefined) return;
    session.print(changed, () => [`cluster ${clusterId} has been changed`, ...(changed.notes ?? [])]);
  },
});

const remove = command({
  brief: 'Remove a cluster; its backups stay unless --delete-backups is given',
  examples: [
    ['clusters remove orders --plan', 'says what would happen'],
    ['clusters remove orders --delete-backups auto --yes', 'also deletes its automatic backups'],
  ],
  flags: { deleteBackups: flag.choice('Which of its backups to delete with it', ['auto', 'all']), ...DESTRUCTIVE },
  arguments: [CLUSTER],
  async run(session, flags, clusterId) {
    const client = await session.client;
    const input = { path: { clusterId }, query: { deleteBackups: flags.deleteBackups } };
    const removed = await change(session, flags, {
      plan: () => client.plan('DELETE /clusters/{clusterId}', input),
      run: () => client.call('DELETE /clusters/{clusterId}', input),
      confirm: `Remove cluster ${clusterId}${flags.deleteBackups ? ` and delete its backups (${flags.deleteBackups})` : ''}`,
    });
    if (removed !== undefined) session.print(removed, () => [`cluster ${clusterId} has been removed`]);
  },
});

const check = command({
  brief: 'Check whether a cluster can be backed up and restored into',
  examples: [
    ['clusters check orders --wait', 'exits with 1 if something is wrong'],
    ['clusters check orders --scratch --watch', 'also backs up and restores a scratch database of one row'],
  ],
  flags: {
    scratch: flag.yes('Back up and restore a scratch database of one row; holds the cluster meanwhile'),
    ...CHANGE,
    ...WAITING,
  },
  arguments: [CLUSTER],
  async run(session, flags, clusterId) {
    const client = await session.client;
    const input = { path: { clusterId }, query: { scratch: flags.scratch ? ('true' as const) : undefined } };
    const started = await change(session, flags, {
      plan: () => client.plan('POST /clusters/{clusterId}/check', input),
      run: () => client.call('POST /clusters/{clusterId}/check', input),
    });
    if (started === undefined) return;
    const { workFlowId } = started;
    const followed = followedWorkflow(session, {
      what: `Check of ${clusterId}`,
      workFlowId,
      again: `clusters show ${clusterId}`,
      async outcome() {
        const checked = await client.call('GET /clusters/{clusterId}', { path: { clusterId } });
        return checkOutcome(checked.check, session);
      },
    });
    await followOrPrint(session, flags, followed, { started, headline: `check ${workFlowId} has started` });
  },
});

function clusterLines(cluster: ClusterDetail, session: Session): string[] {
  return [
    ...facts([
      ['cluster', cluster.clusterId],
      ['name', cluster.clusterName],
      ['servers', cluster.endpoints.join(', ')],
      ['account', 'user' in cluster.account ? cluster.account.user : cluster.account.secretArn],
      ['tls', cluster.tls],
      ['time zone', cluster.timezone],
      ['runs on', cluster.executor],
      ['TiDB cluster', cluster.tidb?.clusterId],
      ['busy with', busyWith(cluster)],
      ['since', time(cluster.maintenanceSince)],
      ['registered', time(cluster.createTime)],
      ['checked', cluster.check && `${cluster.check.status} at ${time(cluster.check.endTime)}`],
    ]),
    ...(cluster.check ? findingLines(cluster.check, session) : []),
  ];
}

function busyWith({ maintenanceStatus, operationId = '' }: Pick<Cluster, 'maintenanceStatus' | 'operationId'>): string {
  return maintenanceStatus === '' ? '' : `${maintenanceStatus} ${operationId}`;
}

function missing(what: string): CommandError {
  return new CommandError(EXIT.usage, `${what} is missing`, 'see the examples of `tidb-backup clusters add --help`');
}

export const clusters = buildRouteMap({
  routes: { list, add, show, change: changeCluster, remove, check },
  docs: { brief: 'The registered TiDB clusters' },
});
