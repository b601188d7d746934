import { expect } from 'vitest';
import type { BackupRecord, FinishedBackup } from '../../functions/domain/backup/backup-record.ts';
import type { ImportEntry, ImportJob } from '../../functions/domain/backup/import-job.ts';
import { MANIFEST, manifestOf } from '../../functions/domain/backup/manifest.ts';
import { addFile, type FolderContents } from '../../functions/domain/storage/backup-files.ts';
import { displayPath, type StorageLocation } from '../../functions/domain/storage/storage-location.ts';
import type { CheckInput } from '../../functions/domain/workflow/workflow.ts';
import { importBackups } from '../../functions/workflow/import/import-backups.ts';
import type { ImportBackupsDeps } from '../../functions/workflow/import/import-run.ts';
import { backupMetaBytes } from './backup-meta.ts';
import { aFinishedBackup, CREATED, later } from './records.ts';

export const NOW = Date.parse(later(30 * 24 * 3_600));
/** The own storage path. */
export const OWN = 's3://own-bucket/backups';
export const INPUT: CheckInput = {
  ...{ workFlowId: 'import-1', clusterId: 'catalogue', backupId: 'import-1' },
  ...{ flowName: 'ImportBackups', maintenanceStatusChange: false },
};

/** The TSO of a moment some seconds after {@link CREATED}. */
export const tsoAt = (seconds: number) => String(BigInt(Date.parse(CREATED) + seconds * 1_000) << 18n);

/** Files by path, and the names in each folder. */
class Files extends Map<string, Uint8Array> {
  readonly #folders = new Map<string, Set<string>>();

  override set(path: string, bytes: Uint8Array): this {
    const parts = path.split('/');
    // Behind `s3://bucket`.
    for (let depth = 3; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      const names = this.#folders.get(folder) ?? new Set();
      this.#folders.set(folder, names.add(parts[depth] ?? ''));
    }
    return super.set(path, bytes);
  }

  /** The names in a folder; of folders, with a slash. */
  namesIn(folder: string): string[] {
    return [...(this.#folders.get(folder) ?? [])].map((name) => (this.has(`${folder}/${name}`) ? name : `${name}/`));
  }

  /** The paths of all files in a folder, relative to it. */
  below(folder: string): string[] {
    return this.namesIn(folder).flatMap((name) =>
      name.endsWith('/') ? this.below(`${folder}/${name.slice(0, -1)}`).map((path) => name + path) : [name],
    );
  }
}

/** A bucket, tables and a workflow, in memory. */
export class ImportWorld {
  readonly files = new Files();
  readonly records = new Map<string, BackupRecord>();
  readonly pages = new Map<number, ImportEntry[]>();
  readonly locks = new Map<string, string>();
  job: ImportJob = { request: {}, isPlan: false, runs: 0 };
  status = 'Initializing';
  timeIsUp = new AbortController();
  /** In the deployment's own bucket. */
  copy: { bucket: string; region: string } | undefined;
  /** Called for each record written. */
  adopted = (_: FinishedBackup): void => {};
  reads = 0;

  /** Lays out a backup as the service does. */
  put(record: FinishedBackup, change: { manifest?: string | null; meta?: Uint8Array; base?: string } = {}): void {
    const { clusterId, backupId, finishedAttempt, backupTso, base } = record;
    const folder = `${change.base ?? OWN}/${clusterId}/${backupId}/attempt-${finishedAttempt}`;
    const meta = backupMetaBytes({
      backupTso,
      clusterId: '7',
      baseTso: base?.backupTso ?? '0',
      clusterVersion: 'v8.5.0',
    });
    this.files.set(`${folder}/backupmeta`, change.meta ?? meta);
    this.files.set(`${folder}/1/a.sst`, new Uint8Array(10));
    if (change.manifest === null) return;
    this.files.set(`${folder}/${MANIFEST}`, Buffer.from(change.manifest ?? manifestOf(record)));
  }

  deps(): ImportBackupsDeps {
    const folderOf = (location: StorageLocation) => displayPath(location).replace(/\/$/, '');
    const at = (location: StorageLocation, name: string) => `${displayPath(location)}/${name}`;
    return {
      defaultStoragePath: 'own-bucket/backups',
      importBuckets: ['other-bucket'],
      storageTerms: { copy: this.copy },
      config: { read: async () => ({}) },
      formerPlaces: { read: async () => [] },
      clock: { now: () => NOW, sleep: async () => {} },
      timeIsUp: this.timeIsUp.signal,
      files: {
        folders: async (location) =>
          this.files.namesIn(folderOf(location)).flatMap((name) => (name.endsWith('/') ? name.slice(0, -1) : [])),
        exists: async (location, name) => this.files.has(at(location, name)),
        read: async (location, name) => {
          this.reads += 1;
          const bytes = this.files.get(at(location, name));
          return bytes && inOnePart(bytes);
        },
        contents: async (location) => {
          const found: FolderContents = { files: 0, bytes: 0n, lastWritten: 0 };
          for (const path of this.files.below(folderOf(location))) addFile(found, { path, size: 10, lastWritten: 0 });
          return found;
        },
        stateOf: async (location) => {
          const lockedUntil = this.locks.get(displayPath(location));
          return { ...(lockedUntil && { lockedUntil }), version: { eTag: '"found"', versionId: 'found' } };
        },
      },
      backups: {
        get: async (id) => this.records.get(id),
        getAll: async (ids) => ids.flatMap((id) => this.records.get(id) ?? []),
        adopt: async (record) => {
          if (this.records.has(record.backupId)) return false;
          this.records.set(record.backupId, record);
          this.adopted(record);
          return true;
        },
        ofTso: async ({ clusterId }, backupTso) =>
          this.finished().find((record) => record.clusterId === clusterId && record.backupTso === backupTso),
        holdBase: async ({ backupId: baseId, backupTso }, backupId) => {
          const base = this.records.get(baseId);
          if (base?.status !== 'Finished' || base.backupTso !== backupTso) return false;
          this.records.set(baseId, { ...base, dependents: new Set([...(base.dependents ?? []), backupId]) });
          return true;
        },
      },
      retention: { backupsOf: async (clusterId) => this.finished().filter((record) => record.clusterId === clusterId) },
      workflows: {
        get: async () => ({
          ...{ workFlowId: 'import-1', flowName: 'ImportBackups', bizId: 'catalogue', executionArn: 'arn' },
          ...{ status: this.status as 'Processing', import: this.job, createTime: CREATED, updateTime: CREATED },
        }),
        setStatus: async (_, status) => {
          this.status = status;
          return true;
        },
        beginImport: async () => {
          this.job = { ...this.job, runs: (this.job.runs ?? 0) + 1 };
          return this.job;
        },
        recordImport: async (_, job) => {
          if (job.runs !== this.job.runs) return false;
          this.job = job;
          return true;
        },
      },
      lists: {
        write: async (_, page, entries) => {
          this.pages.set(page, structuredClone([...entries]));
        },
        read: async (_, page) => structuredClone(this.pages.get(page)),
      },
    };
  }

  finished(): FinishedBackup[] {
    return [...this.records.values()].filter((record) => record.status === 'Finished');
  }

  run() {
    return importBackups(INPUT, this.deps());
  }

  entries(): ImportEntry[] {
    return [...this.pages.values()].flat();
  }

  /** The only folder that was found. */
  reason(): string | undefined {
    const entries = this.entries();
    expect(entries).toHaveLength(1);
    return entries[0]?.reason;
  }
}

/** Another import of the same files and records. */
export class SharedImportWorld extends ImportWorld {
  readonly #world: ImportWorld;

  constructor(world: ImportWorld) {
    super();
    this.#world = world;
  }

  override deps(): ImportBackupsDeps {
    const { files, backups, retention } = this.#world.deps();
    return { ...super.deps(), files, backups, retention };
  }
}

async function* inOnePart(bytes: Uint8Array) {
  yield bytes;
}

/** A finished backup in the own bucket. */
export const backup = (change: Partial<FinishedBackup> = {}): FinishedBackup =>
  aFinishedBackup({
    ...{ backupTso: tsoAt(10), tidbClusterId: '7', tidbVersion: 'v8.5.0' },
    location: {
      type: 's3',
      bucket: 'own-bucket',
      prefix: `backups/${change.clusterId ?? 'cluster-1'}/${change.backupId ?? 'backup-1'}`,
    },
    ...change,
  });

export const incremental = (
  backupId: string,
  base: FinishedBackup,
  seconds: number,
  change: Partial<FinishedBackup> = {},
) =>
  backup({
    ...{ backupId, backupType: 'incr', backupTso: tsoAt(seconds) },
    base: { backupId: base.backupId, backupTso: base.backupTso },
    ...change,
  });
