import { describe, expect, it } from 'vitest';
import { restoreFail } from '../../../../functions/workflow/restore/restore-fail.ts';
import { CREATED } from '../../../support/records.ts';
import { FINISHED, INPUT, prepare } from '../../../support/restore-node.ts';

describe('node fail of a restore', () => {
  it('ends a statement that outlived its node, frees the cluster, and fails with the original error', async () => {
    const { stores, tidb, clock } = prepare();
    const { clusters, backups, workflows } = stores;
    await backups.holdForRestore('backup-1', 'restore-1');
    tidb.startLeftover();
    const error = { Error: 'Sandbox.Timedout', Cause: 'timed out' };

    await expect(restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock })).rejects.toMatchObject(
      {
        name: 'NodeDied',
        message: 'Sandbox.Timedout: timed out',
      },
    );

    expect(tidb.isRunning()).toBe(false);
    expect(stores.cluster).not.toHaveProperty('maintenance');
    expect(stores.workflowStatus).toBe('Error');
    expect(stores.record).toEqual(FINISHED);
  });

  it('ends a successful restore as a success after any later error', async () => {
    const { stores, tidb, clock, run } = prepare();
    const { clusters, backups, workflows } = stores;
    await run();
    const error = { Error: 'Lambda.Unknown', Cause: 'the answer was lost' };

    await expect(restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock })).rejects.toThrow();

    expect(stores.workflowStatus).toBe('Finished');
    expect(stores.cluster).not.toHaveProperty('maintenance');
    expect(stores.record).not.toHaveProperty('restoredBy');
  });

  it('says that the statement may still be running if a server does not answer, and frees the cluster', async () => {
    const { stores, tidb, clock } = prepare();
    const { clusters, backups, workflows } = stores;
    tidb.startLeftover();
    tidb.silentServer = 'tidb-0:10080';
    const error = { Error: 'TidbConnectionLost', Cause: '{"errorMessage": "the connection to TiDB was lost"}' };

    await expect(restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock })).rejects.toMatchObject(
      {
        name: 'TidbConnectionLost',
        message: expect.stringMatching(
          /^the connection to TiDB was lost; it is unknown whether RESTORE is still running.*tidb-0:10080/,
        ),
      },
    );

    expect(stores.cluster).not.toHaveProperty('maintenance');
    expect(stores.workflowStatus).toBe('Error');
  });

  it.each(['BackupNotRestorable', 'BackupNotReplayable'])(
    'keeps evidence against the backup, which removes verifiedAt: %s',
    async (name) => {
      const { stores, tidb, clock } = prepare();
      const { clusters, backups, workflows } = stores;
      stores.record = { ...FINISHED, verifiedAt: CREATED, recoverySeconds: 1 };
      const error = { Error: name, Cause: '{"errorMessage": "a file is missing"}' };

      await expect(restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock })).rejects.toThrow();

      expect(stores.record).toMatchObject({
        evidence: { workFlowId: 'restore-1', result: 'failed', reason: `${name}: a file is missing`, tables: 0 },
      });
      expect(stores.record).not.toHaveProperty('verifiedAt');
    },
  );

  it.each(['RestoreFailed', 'ChecksumMismatch', 'StoreRefused'])(
    'removes nothing from a backup for %s',
    async (name) => {
      const { stores, tidb, clock } = prepare();
      const { clusters, backups, workflows } = stores;
      stores.record = { ...FINISHED, verifiedAt: CREATED, recoverySeconds: 1 };
      const error = { Error: name, Cause: '{"errorMessage": "so it was"}' };

      await expect(restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock })).rejects.toThrow();

      expect(stores.record).toEqual({ ...FINISHED, verifiedAt: CREATED, recoverySeconds: 1 });
    },
  );

  it('reports the leftovers of a node that died, and nothing after one that has reported them', async () => {
    const failing = async (name: string) => {
      const { stores, tidb, clock } = prepare();
      const { clusters, backups, workflows } = stores;
      tidb.leftovers = { databases: ['__TiDB_BR_Temporary_mysql'], registered: [] };
      const error = { Error: name, Cause: '{"errorMessage": "so it was"}' };
      const failed = await restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock }).catch(
        (reason: unknown) => reason,
      );
      expect(tidb.openConnections).toBe(0);
      return failed;
    };

    expect(await failing('Sandbox.Timedout')).toMatchObject({
      message: expect.stringMatching(/^Sandbox\.Timedout: so it was; it left "__TiDB_BR_Temporary_mysql"; drop/),
    });
    expect(await failing('OutOfTime')).toMatchObject({ message: 'so it was' });
  });

  it('leaves the next restore of the same backup alone, which holds the cluster by now', async () => {
    const { stores, tidb, clock } = prepare();
    const { clusters, backups, workflows } = stores;
    const maintenance = { status: 'Restore', operationId: 'restore-2', since: CREATED } as const;
    stores.cluster = stores.cluster && { ...stores.cluster, maintenance };
    tidb.startLeftover();
    const error = { Error: 'Sandbox.Timedout', Cause: 'timed out' };

    await expect(restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock })).rejects.toThrow();

    expect(tidb.isRunning()).toBe(true);
    expect(stores.cluster).toMatchObject({ maintenance });
    expect(stores.workflowStatus).toBe('Error');
  });
});
