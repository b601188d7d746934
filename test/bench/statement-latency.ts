import { poll } from '../../infra/local/demo/poll.ts';
import type { LocalCloud } from '../../infra/local/local-cloud.ts';
import { type BenchCloud, startBackup, untilFinished } from './bench-cloud.ts';
import type { Figure } from './figures.ts';
import { median } from './import-cost.ts';
import { startStatementTap } from './statement-tap.ts';

const WARM_ROUNDS = 5;

/** Time from `POST /backups` to the `BACKUP` statement on the wire to TiDB: first with no function process up, then warm. */
export async function statementLatencyFigures({ api, cloud, source }: BenchCloud): Promise<Figure[]> {
  const tap = await startStatementTap(source);
  try {
    const { clusterId } = await api<{ clusterId: string }>('POST', '/clusters', {
      clusterName: 'behind-the-tap',
      endpoints: [`127.0.0.1:${tap.port}`],
      account: { user: source.user, password: source.password },
      tls: 'disabled',
    });
    const measure = async (): Promise<number> => {
      // The correlation id comes next, in a comment.
      const reached = tap.next('BACKUP /*');
      const sent = performance.now();
      const backupId = await startBackup(api, { ...source, clusterId });
      const milliseconds = (await reached) - sent;
      await untilFinished(api, backupId);
      return milliseconds;
    };
    await makeCold(cloud);
    const cold = await measure();
    const warm: number[] = [];
    for (let round = 0; round < WARM_ROUNDS; round += 1) warm.push(await measure());
    const section = 'From POST /backups to the BACKUP statement at TiDB';
    return [
      { section, name: 'cold', value: Math.round(cold), unit: 'ms' },
      { section, name: `warm, median of ${WARM_ROUNDS}`, value: Math.round(median(warm)), unit: 'ms' },
    ];
  } finally {
    await tap.close();
  }
}

/** Ends every function process, so that the next request finds none; including those started to repeat what another one died of. */
async function makeCold(cloud: LocalCloud): Promise<void> {
  await poll('the end of the function processes', async () => {
    const pids = cloud.functions().flatMap(({ processes }) => processes.map(({ pid }) => pid));
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    return pids.length === 0 || undefined;
  });
}
