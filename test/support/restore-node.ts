import type { FinishedBackup } from '../../functions/domain/backup/backup-record.ts';
import type { FlowName, OperationInput } from '../../functions/domain/workflow/workflow.ts';
import { type RestoreDeps, restoreFromSrcCluster } from '../../functions/workflow/restore/restore-from-src-cluster.ts';
import { backupMetaBytes, filesOf } from './backup-meta.ts';
import { FakeTidb } from './fake-tidb.ts';
import { MemoryStores } from './memory-stores.ts';
import { aBackup, CREATED } from './records.ts';
import { VirtualClock } from './virtual-clock.ts';

export const INPUT = {
  workFlowId: 'restore-1',
  backupId: 'backup-1',
  clusterId: 'cluster-2',
  maintenanceStatusChange: true,
};
export const FINISHED: FinishedBackup = {
  ...aBackup({ attempts: 2 }),
  ...{
    status: 'Finished',
    startTime: CREATED,
    endTime: CREATED,
    backupTso: '449',
    sizeBytes: '77',
    finishedAttempt: 2,
  },
};

interface Prepared {
  files: RestoreDeps['files'];
  input: Partial<OperationInput>;
}

export const META = backupMetaBytes({ backupTso: FINISHED.backupTso });

export function prepare({ files = filesOf({ backupmeta: META }), input = {} }: Partial<Prepared> = {}) {
  const stores = new MemoryStores();
  stores.record = FINISHED;
  stores.cluster = stores.cluster && {
    ...stores.cluster,
    clusterId: 'cluster-2',
    maintenance: { status: 'Restore', operationId: 'restore-1', since: CREATED },
  };
  const clock = new VirtualClock();
  const tidb = new FakeTidb(clock);
  const { clusters, backups, workflows, config } = stores;
  const deps: RestoreDeps = {
    clusters,
    backups,
    workflows,
    config,
    tidb,
    files,
    clock,
    executor: 'lambda',
    deadline: clock.now() + 870_000,
    outOfTime: 'there was no time',
  };
  return {
    stores,
    clock,
    tidb,
    deps,
    run: (flowName: FlowName = 'RestoreExistCluster') => restoreFromSrcCluster({ ...INPUT, ...input }, flowName, deps),
  };
}

/** The only RESTORE that was sent, without its location. */
export function statementOf(tidb: FakeTidb): object {
  const [sent = ''] = tidb.sent;
  const { type: _type, bucket: _bucket, prefix: _prefix, ...statement } = JSON.parse(sent.slice('RESTORE '.length));
  return statement;
}
