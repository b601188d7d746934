import { type BackupDeps, backup } from '../../functions/workflow/backup/backup.ts';
import { encodeMessage } from '../../infra/local/tidb-sandbox/brie/protobuf.ts';
import { FakeTidb } from './fake-tidb.ts';
import { MemoryStores } from './memory-stores.ts';
import { aBackup } from './records.ts';
import { VirtualClock } from './virtual-clock.ts';

const INPUT = {
  workFlowId: 'backup-1',
  backupId: 'backup-1',
  clusterId: 'cluster-1',
  maintenanceStatusChange: true,
};
export const NO_FILES: BackupDeps['files'] = {
  write: async () => {},
  read: async () => undefined,
  exists: async () => false,
  isEmpty: async () => true,
  dataBytes: async () => 0n,
  contents: async () => undefined,
  stateOf: async () => ({}),
  abortUploads: async () => {},
};
export const WHOLE_BACKUP: BackupDeps['files'] = {
  ...NO_FILES,
  dataBytes: async () => 9_007_199_254_740_993n,
  async read() {
    return (async function* () {
      yield encodeMessage([[6, 449_999_999_999_999_998n]]);
    })();
  },
};

/** A store that has a complete backup of this TiDB in every path. */
export const wholeOf = (tidbClusterId: bigint): BackupDeps['files'] => ({
  ...WHOLE_BACKUP,
  async read() {
    return (async function* () {
      yield encodeMessage([
        [1, tidbClusterId],
        [6, 449_999_999_999_999_999n],
      ]);
    })();
  },
});

export function prepare({ record = aBackup(), files = NO_FILES, minutes = 15 } = {}) {
  const stores = new MemoryStores(record);
  const clock = new VirtualClock();
  const tidb = new FakeTidb(clock);
  const { clusters, backups, workflows, config } = stores;
  const deps: BackupDeps = {
    clusters,
    backups,
    workflows,
    config,
    tidb,
    files,
    clock,
    executor: 'lambda',
    deadline: clock.now() + minutes * 60_000,
    outOfTime: 'there was no time',
  };
  return { stores, clock, tidb, deps, run: () => backup(INPUT, deps) };
}
