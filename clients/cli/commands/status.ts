import type { ClusterOverview } from '../../typescript/api.ts';
import { command } from '../command.ts';
import { time } from '../format.ts';
import { firstItems, LIST } from '../lists.ts';

export const status = command({
  brief: 'Show the state of every cluster, problems first',
  examples: [['status', 'shows the newest and the newest verified backup, the running operation, and problems']],
  flags: LIST,
  async run(session, flags) {
    const client = await session.client;
    const pages = (pageSize: number) => client.pages('GET /overview', { query: { pageSize } });
    const clusters = await firstItems(session, flags, pages, (data) => data.clusters);
    clusters.sort((a, b) => problemsOf(b).length - problemsOf(a).length);
    session.print(clusters, () =>
      clusters.length === 0
        ? ['no cluster is registered; add one with `tidb-backup clusters add`']
        : session.table(
            ['CLUSTER', 'NEWEST BACKUP', 'NEWEST VERIFIED', 'NEXT WINDOW', 'NOW', 'PROBLEMS'],
            clusters.map((c) => [
              c.clusterId,
              time(c.recentBackups[0]?.endTime) || 'none',
              time(c.newestVerified?.endTime) || 'none',
              c.paused ? 'paused' : time(c.nextWindow?.start) || 'none',
              nowOf(c),
              problemsOf(c).join('; ') || 'none',
            ]),
          ),
    );
  },
});

function problemsOf({ isOverdue, isUnverified, lastMissed, checkStatus }: ClusterOverview): string[] {
  return [
    ...(isOverdue ? ['the newest backup is too old'] : []),
    ...(isUnverified ? ['the newest verified backup is too old'] : []),
    ...(checkStatus === 'failed' ? ['the last check failed'] : []),
    ...(lastMissed ? [`window of ${time(lastMissed.start)} missed: ${lastMissed.reason}`] : []),
  ];
}

function nowOf({ maintenanceStatus, progress, step }: ClusterOverview): string {
  if (maintenanceStatus === '') return '';
  return [maintenanceStatus, progress === undefined ? '' : `${Math.floor(progress)} %`, step ?? '']
    .filter(Boolean)
    .join(' ');
}
