import type { BackupOutcome } from '../../functions/domain/tidb/tidb.ts';
import type { TidbEndpoint } from '../../infra/local/tidb.ts';
import { startTidbSandbox, type TidbSandbox } from '../../infra/local/tidb-sandbox/sandbox.ts';
import { fill, sql } from '../integration/app/app-world.ts';
import type { Scenario } from './scenario.ts';

/** Number of rows in a backup. */
export const ROWS = 20;

/** Ids of clusters whose BACKUP lasts long enough to be canceled contain this. */
export const SLOW = '-slow';

/** All files exist by then, and TiDB still holds back its answer. */
const SLOWED = [{ match: `BACKUP .*${SLOW}/`, action: 'delay', when: 'after', delayMs: 3_000 }];

const COUNT = 'SELECT COUNT(*) AS total FROM shop.orders';

/** The TiDBs of all scenarios: one with data, the source of all backups, and empty ones to restore into. */
export interface Tidbs {
  readonly full: TidbEndpoint;
  /** Gives a scenario its own TiDB. */
  addEmpty(scenario: Scenario): Promise<TidbEndpoint>;
  /** Number of rows that a scenario has restored. */
  rowsOf(scenario: Scenario): Promise<number | undefined>;
  /** What checks and RESTORE have created in a scenario's own TiDB. */
  scratchOf(scenario: Scenario): Promise<string[]>;
  /** Restores the backups in these folders of S3, one on top of the other. @returns how many rows they held */
  rowsRestoredFrom(folders: readonly string[]): Promise<number>;
  /** Takes an incremental backup of the TiDB with data, into a folder of S3. */
  backUpSince(backupTso: string, folder: string): Promise<BackupOutcome>;
  /** Running BACKUP and RESTORE statements. */
  statements(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function prepareTidbs(full: TidbEndpoint, s3Endpoint: string): Promise<Tidbs> {
  const ofScenarios = new Map<Scenario, TidbSandbox>();
  const startEmpty = () =>
    startTidbSandbox({
      user: full.user,
      password: full.password,
      s3Endpoint,
      s3Credentials: { accessKeyId: 'tikv', secretAccessKey: 'tikv' },
    });
  const verifier = await startEmpty();
  await fill(full, ROWS);
  // Rows changed while all faults strike are recorded: incremental backups include them.
  await sql(full, "SET GLOBAL tidb_gc_life_time = '24h'");
  await sql(full, `SET GLOBAL sandbox_faults = '${JSON.stringify(SLOWED)}'`);

  return {
    full,

    async addEmpty(scenario) {
      const tidb = await startEmpty();
      ofScenarios.set(scenario, tidb);
      return tidb;
    },

    async rowsOf(scenario) {
      const tidb = ofScenarios.get(scenario);
      return tidb && totalOf(await sql(tidb, COUNT));
    },

    async scratchOf(scenario) {
      const tidb = ofScenarios.get(scenario);
      const databases = tidb === undefined ? [] : await sql(tidb, 'SHOW DATABASES');
      return databases
        .map(({ Database }) => String(Database))
        .filter((name) => /^(?:tidb_backup_check_|__TiDB_BR_Temporary_)/.test(name));
    },

    async rowsRestoredFrom(folders) {
      const restores = folders.map(
        (folder) => `RESTORE DATABASE * FROM 's3://${folder}' SEND_CREDENTIALS_TO_TIKV = FALSE`,
      );
      try {
        return totalOf(await sql(verifier, ...restores, COUNT));
      } finally {
        await sql(verifier, 'DROP DATABASE IF EXISTS shop');
      }
    },

    async backUpSince(backupTso, folder) {
      const [row] = await sql(
        full,
        `BACKUP DATABASE * TO 's3://${folder}' SEND_CREDENTIALS_TO_TIKV = FALSE LAST_BACKUP = ${backupTso}`,
      );
      return { backupTso: String(row?.BackupTS), sizeBytes: String(row?.Size) };
    },

    async statements() {
      const list =
        "SELECT INFO FROM information_schema.cluster_processlist WHERE INFO LIKE 'BACKUP %' OR INFO LIKE 'RESTORE %'";
      const rows = await Promise.all([full, ...ofScenarios.values()].map((tidb) => sql(tidb, list)));
      return rows.flat().map(({ INFO }) => String(INFO));
    },

    async stop() {
      await Promise.all([verifier, ...ofScenarios.values()].map((tidb) => tidb.stop()));
    },
  };
}

function totalOf([row]: Awaited<ReturnType<typeof sql>>): number {
  return Number(row?.total);
}
