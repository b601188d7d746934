import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { Client } from '../../../clients/typescript/client.ts';
import { differences, fingerprint } from './fingerprint.ts';
import { dropSampleData, loadSampleData, SAMPLE_TABLES } from './sample-data.ts';
import { backUp, restoreInto } from './service.ts';

/** A registered TiDB cluster, and how to reach it as its user. */
export interface DemoCluster {
  readonly clusterId: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export type DemoStep = 'load' | 'backup' | 'drop' | 'restore' | 'compare';

/** Called when each step begins, and for its percentage if it has one. */
export type DemoProgress = (step: DemoStep, percent?: number) => void;

/** The results; sizes in bytes and TSOs as decimal strings. */
export interface DemoResult {
  readonly tables: number;
  readonly rows: number;
  readonly loadSeconds: number;
  readonly backupId: string;
  readonly backupTso: string;
  readonly path: string;
  readonly sizeBytes: string;
  readonly backupSeconds: number;
  readonly restoreSeconds: number;
  readonly compareSeconds: number;
  /** Tables that differ after the restore; empty if all are equal. */
  readonly differences: readonly string[];
}

/**
 * Loads the sample into `source`, backs it up through the API, drops it, restores it into `target` and compares every table. It uses only
 * the API and the two databases, so it runs against any deployment.
 */
export async function runDemoFlow(
  api: Client,
  source: DemoCluster,
  target: DemoCluster,
  { scale = 1, onProgress = () => {} }: { scale?: number; onProgress?: DemoProgress } = {},
): Promise<DemoResult> {
  const sourceDb = await connect(source);
  const targetDb = await connect(target);
  try {
    onProgress('load');
    const [rows, loadSeconds] = await timed(() => loadSampleData(sourceDb, scale));

    onProgress('backup', 0);
    const [record, backupSeconds] = await timed(() =>
      backUp(api, { clusterId: source.clusterId }, (percent) => onProgress('backup', percent)),
    );
    const expected = await fingerprint(sourceDb, SAMPLE_TABLES);

    onProgress('drop');
    await dropSampleData(sourceDb);

    onProgress('restore', 0);
    const [, restoreSeconds] = await timed(() =>
      restoreInto(api, target.clusterId, { backupId: record.id }, async () => {
        const [[job]] = await targetDb.query<RowDataPacket[]>("SHOW RESTORES WHERE State = 'Restore'");
        if (job !== undefined) onProgress('restore', Number(job.Progress));
      }),
    );

    onProgress('compare');
    const [found, compareSeconds] = await timed(async () =>
      differences(expected, await fingerprint(targetDb, SAMPLE_TABLES)),
    );
    return {
      tables: SAMPLE_TABLES.length,
      rows,
      loadSeconds,
      backupId: record.id,
      backupTso: record.backupTso,
      path: record.filePath,
      sizeBytes: record.sizeBytes,
      backupSeconds,
      restoreSeconds,
      compareSeconds,
      differences: found,
    };
  } finally {
    await Promise.all([sourceDb.end(), targetDb.end()]);
  }
}

export function connect({ host, port, user, password }: DemoCluster): Promise<Connection> {
  return createConnection({
    host,
    port,
    user,
    password,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    // The text that TiDB sends: parsing it could hide a difference.
    jsonStrings: true,
    // TiDB compares TIMESTAMP in the session's zone; both sides use the same one.
    timezone: 'Z',
  });
}

export async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const value = await work();
  return [value, (performance.now() - start) / 1_000];
}
