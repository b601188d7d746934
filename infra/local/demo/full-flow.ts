import type { Connection } from 'mysql2/promise';
import type { BackupRecord } from '../../../clients/typescript/api.ts';
import type { Client } from '../../../clients/typescript/client.ts';
import { differences, fingerprint, type TableFingerprint } from './fingerprint.ts';
import { connect, type DemoCluster, timed } from './flow.ts';
import { poll } from './poll.ts';
import { loadSampleData, SAMPLE_TABLES } from './sample-data.ts';
import { backUp, findBackup, restoreInto, untilFinished } from './service.ts';

/** One part of the full demo. */
export interface Shown {
  readonly title: string;
  /** The results by name. */
  readonly facts: readonly (readonly [string, string])[];
  /** What went wrong; empty if nothing did. */
  readonly wrong: readonly string[];
}

export interface FullDemo {
  readonly api: Client;
  readonly source: DemoCluster;
  readonly target: DemoCluster;
  /** Runs the hourly check for backups outside retention now. */
  readonly retentionSweep: () => Promise<void>;
  /** Share of the sample. */
  readonly scale: number;
  readonly onStep: (what: string, percent?: number) => void;
}

/** Shared by the parts: two databases, and what earlier parts have left. */
interface Scene extends FullDemo {
  readonly sourceDb: Connection;
  readonly targetDb: Connection;
}

/**
 * Shows a backup that outlives its function and ends on the worker, a chain of incremental backups on top of it, a single table restored
 * from the first, retention with its preview, and a drill. It uses only the API and the two databases.
 * @param onShown called as each part ends
 */
export async function runFullDemo(demo: FullDemo, onShown: (shown: Shown) => void): Promise<void> {
  const sourceDb = await connect(demo.source);
  const targetDb = await connect(demo.target);
  const scene: Scene = { ...demo, sourceDb, targetDb };
  try {
    scene.onStep('Loading the sample');
    await loadSampleData(sourceDb, scene.scale);
    const full = await showWorker(scene);
    onShown(full.shown);
    const chain = await showChain(scene, full.record);
    onShown(chain.shown);
    onShown(await showSubset(scene, full.record, full.tables));
    onShown(await showRetention(scene));
    onShown(await showDrill(scene, chain.newest));
  } finally {
    await Promise.all([sourceDb.end(), targetDb.end()]);
  }
}

/** Slow enough that the first attempt cannot end within its function's timeout. */
const SLOW_MIB_PER_SECOND = '1';

async function showWorker(scene: Scene): Promise<{ record: BackupRecord; tables: TableFingerprint[]; shown: Shown }> {
  const { api, source, sourceDb, onStep } = scene;
  const { clusterId } = source;
  await api.call('POST /config/update', { body: { configKey: 'BackupRateLimit', configValue: SLOW_MIB_PER_SECOND } });
  const plan = await api.plan('POST /backups', { body: { clusterId } });
  const [record, seconds] = await timed(() =>
    backUp(api, { clusterId }, (percent) => onStep('Backing up for longer than a function may run', percent)),
  );
  await api.call('POST /config/update', { body: { configKey: 'BackupRateLimit', configValue: '0' } });
  const nodes = await untilFinished(api, 'backup', record.id);
  const tables = await fingerprint(sourceDb, SAMPLE_TABLES);
  return {
    record,
    tables,
    shown: {
      title: 'A backup that outlives its function ends on the worker',
      facts: [
        ['asked first', `${plan.executor}: ${plan.executorReason}`],
        ['backup', `${record.id}, ${record.status}`],
        ['ended on', record.executor],
        ['path', record.filePath],
        ['nodes', nodes.map(({ name }) => name).join(' → ')],
        ['took', `${seconds.toFixed(1)} s`],
      ],
      wrong: [
        ...unless(record.executor === 'fargate', `it ran on ${record.executor}`),
        ...unless(record.filePath.endsWith('attempt-2'), `its files are in ${record.filePath}`),
      ],
    },
  };
}

async function showChain(scene: Scene, full: BackupRecord): Promise<{ newest: BackupRecord; shown: Shown }> {
  const { api, source, target, sourceDb, targetDb, onStep } = scene;
  const { clusterId } = source;
  onStep('Changing rows, and backing up the changes');
  await sourceDb.query("UPDATE shop.orders SET status = 'sent' WHERE id % 10 = 0");
  await sourceDb.query('DELETE FROM shop.order_items WHERE order_id < 100');
  const first = await backUp(api, { clusterId, backupType: 'incr' });
  await sourceDb.query('ALTER TABLE ledger.accounts ADD COLUMN closed DATE');
  await sourceDb.query("UPDATE ledger.accounts SET closed = '2026-03-01'");
  // On the worker, which has the time to record every table's contents: the drill compares with them.
  const second = await backUp(api, { clusterId, backupType: 'incr', checksums: true, executor: 'fargate' });
  const expected = await fingerprint(sourceDb, SAMPLE_TABLES);

  onStep('Restoring the chain into the other cluster');
  const [, seconds] = await timed(() => restoreInto(api, target.clusterId, { backupId: second.id }));
  const different = differences(expected, await fingerprint(targetDb, SAMPLE_TABLES));
  const refusal = await api.call('DELETE /backups/{backupId}', { path: { backupId: full.id } }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  return {
    newest: second,
    shown: {
      title: 'Incremental backups hold the changes, and are restored as a chain',
      facts: [
        ['full', `${full.id}, ${full.sizeBytes} bytes`],
        ['incremental', `${first.id}, ${first.sizeBytes} bytes`],
        ['incremental', `${second.id}, ${second.sizeBytes} bytes, with a new column`],
        ['restored in', `${seconds.toFixed(1)} s, in order`],
        ['compared', `all ${expected.length} tables, row by row`],
        ['deleting the base', refusal ?? 'was accepted'],
      ],
      wrong: [
        ...different,
        ...unless(first.baseBackupId === full.id && second.baseBackupId === first.id, 'the chain has different links'),
        ...unless(refusal !== undefined, 'a base with dependent backups was deleted'),
      ],
    },
  };
}

const LOST = 'shop.orders';

async function showSubset(scene: Scene, full: BackupRecord, tables: readonly TableFingerprint[]): Promise<Shown> {
  const { api, target, targetDb, onStep } = scene;
  onStep('Restoring one table from the full backup');
  await targetDb.query(`DROP TABLE ${LOST}`);
  const [, seconds] = await timed(() =>
    restoreInto(api, target.clusterId, { backupId: full.id, scope: { tables: [LOST] } }),
  );
  const wanted = tables.filter(({ table }) => table === LOST);
  const found = await fingerprint(
    targetDb,
    SAMPLE_TABLES.filter(({ database, name }) => `${database}.${name}` === LOST),
  );
  return {
    title: 'A single table is restored from a full backup',
    facts: [
      ['dropped', LOST],
      ['restored in', `${seconds.toFixed(1)} s`],
      ['compared', `${found[0]?.rows} rows, as they were when the full backup was taken`],
    ],
    wrong: differences(wanted, found),
  };
}

async function showRetention(scene: Scene): Promise<Shown> {
  const { api, source, retentionSweep, onStep } = scene;
  const { clusterId } = source;
  onStep('Taking two automatic backups, of which a rule keeps one');
  const scope = { databases: ['ledger'] };
  const older = await backUp(api, { clusterId, backupMode: 'auto', scope });
  const newer = await backUp(api, { clusterId, backupMode: 'auto', scope });
  const strategy = { backupDate: '', period: '0:00-0:00', retention: { keepLast: 1 } };
  await api.call('PUT /clusters/{clusterId}/strategy', { path: { clusterId }, body: { strategy } });
  const { decisions } = await api.call('GET /clusters/{clusterId}/retention/preview', {
    path: { clusterId },
    query: { pageSize: 100 },
  });
  const leaving = decisions.filter(({ action }) => action === 'remove').map(({ backupId }) => backupId);
  await retentionSweep();
  await poll('the end of the removal', async () => (await findBackup(api, older.id)) === undefined || undefined);
  const left = await Promise.all(
    decisions.filter(({ action }) => action === 'keep').map(({ backupId }) => findBackup(api, backupId)),
  );
  return {
    title: 'Retention removes what its preview announced',
    facts: decisions.map(({ backupId, action, reasons }) => [action, `${backupId}: ${reasons.join(', ')}`] as const),
    wrong: [
      ...unless(
        String(leaving) === older.id,
        `the preview announces the removal of ${leaving.join(', ') || 'nothing'}`,
      ),
      ...unless(!left.includes(undefined), 'a backup that should stay was removed'),
      ...unless((await findBackup(api, newer.id)) !== undefined, 'the newest backup was removed'),
    ],
  };
}

const ASSERTIONS = [
  'SELECT COUNT(*) > 0 FROM shop.orders',
  'SELECT COUNT(*) = 0 FROM ledger.accounts WHERE closed IS NULL',
];

async function showDrill(scene: Scene, backup: BackupRecord): Promise<Shown> {
  const { api, onStep } = scene;
  onStep('Running a drill: restore into a throwaway cluster, comparison, assertions');
  const { workFlowId } = await api.call('POST /backups/{backupId}/drill', {
    path: { backupId: backup.id },
    body: { assertions: ASSERTIONS },
  });
  await untilFinished(api, 'drill', workFlowId);
  const { verifiedAt, recoverySeconds, evidence } = (await findBackup(api, backup.id)) ?? {};
  const { clusters } = await api.call('GET /clusters', { query: { pageSize: 100 } });
  return {
    title: 'A drill proves that a backup can be restored',
    facts: [
      ['verified', `${verifiedAt}`],
      [
        'compared',
        `${evidence?.tables} tables, ${evidence?.rows} rows, equal to the checksums recorded with the backup`,
      ],
      ...(evidence?.assertions ?? []).map(({ assertion, passed }) => [passed ? 'holds' : 'FAILS', assertion] as const),
      ['recovery takes', `${recoverySeconds} s`],
      ['clusters left', String(clusters.length)],
    ],
    wrong: [
      ...unless(evidence?.result === 'passed', evidence?.reason ?? 'there is no evidence'),
      ...unless(verifiedAt !== undefined, 'the record is not marked as verified'),
      ...unless(clusters.length === 2, 'the throwaway cluster still exists'),
    ],
  };
}

function unless(isRight: boolean, what: string): string[] {
  return isRight ? [] : [what];
}
