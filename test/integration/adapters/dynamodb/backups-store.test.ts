import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBackupStore } from '../../../../functions/adapters/dynamodb/backups-store.ts';
import { createDeletionStore } from '../../../../functions/adapters/dynamodb/deletions-store.ts';
import { createRetentionView } from '../../../../functions/adapters/dynamodb/retention-view.ts';
import { listOrder } from '../../../../functions/adapters/dynamodb/tables.ts';
import type { InitializingBackup } from '../../../../functions/domain/backup/backup-record.ts';
import { scopeKey } from '../../../../functions/domain/backup/backup-scope.ts';
import type { BackupStore } from '../../../../functions/domain/backup/backup-store.ts';
import type { DeletionStore } from '../../../../functions/domain/backup/deletion-store.ts';
import type { Evidence } from '../../../../functions/domain/backup/verification.ts';
import type { OwnBackups } from '../../../../functions/domain/cluster/cluster.ts';
import { recordCommands, startTables, type TestTables } from '../../../support/dynamodb.ts';
import { aBackup, CREATED, later } from '../../../support/records.ts';

let tables: TestTables;
let backups: BackupStore;
let deletions: DeletionStore;
beforeAll(async () => {
  tables = await startTables();
  backups = createBackupStore(tables.table('backups'));
  deletions = createDeletionStore(tables.table('backups'));
});
afterAll(() => tables.stop());

const HUGE = '18446744073709551615';

const ownOf = (clusterId: string, tidbClusterId?: string, since = CREATED): OwnBackups => ({
  clusterId,
  tidbClusterId,
  since,
});

describe('a backup record', () => {
  it('goes from Initializing through Processing to Finished, with 64-bit numbers exact', async () => {
    const record = aBackup({ backupId: 'well' });
    await backups.create(record);

    const started = await backups.startAttempt('well', later(1));
    const statement = { server: 'tidb-0:4000', connectionId: HUGE };
    const release = { tidbVersion: 'v8.5.0', newCollationEnabled: false };
    const stated = await backups.recordStatement('well', { attempt: 1, statement, release, at: later(2) });
    const moved = await backups.recordProgress('well', { attempt: 1, progress: 42.5, at: later(3) });
    const counted = { fileCount: 5, lockedUntil: later(9), checksums: { tables: 3 } };
    const result = { attempt: 1, backupTso: HUGE, sizeBytes: HUGE, ...counted };
    const finished = await backups.finish('well', { ...result, at: later(4) });

    expect(started).toMatchObject({ status: 'Processing', attempts: 1, startTime: later(1), progress: 0 });
    expect(stated).toMatchObject({ statement, ...release });
    expect(moved).toMatchObject({ progress: 42.5, updateTime: later(3) });
    const { attempts: _, status: __, updateTime: ___, ...unchanged } = record;
    expect(finished).toEqual({
      ...unchanged,
      ...release,
      ...counted,
      status: 'Finished',
      attempts: 1,
      finishedAttempt: 1,
      startTime: later(1),
      endTime: later(4),
      updateTime: later(4),
      backupTso: HUGE,
      sizeBytes: HUGE,
    });
    expect(await backups.get('well')).toEqual(finished);
  });

  it('shows its current step while it runs, of its newest attempt only', async () => {
    await backups.create(aBackup({ backupId: 'steps' }));
    const statement = { server: 'tidb-0:4000', connectionId: '1' };
    const note = { attempt: 1, progress: 10, step: 'waiting', at: later(2) };
    await backups.startAttempt('steps', later(1));

    expect(await backups.recordProgress('steps', note)).toMatchObject({ step: 'waiting' });
    expect(await backups.recordProgress('steps', { ...note, step: undefined })).not.toHaveProperty('step');
    await backups.recordProgress('steps', note);
    const begun = { attempt: 1, statement, release: {}, at: later(3) };
    expect(await backups.recordStatement('steps', begun)).not.toHaveProperty('step');
    await backups.recordProgress('steps', note);
    expect(await backups.startAttempt('steps', later(4))).not.toHaveProperty('step');
    await backups.recordProgress('steps', { ...note, attempt: 2 });
    await backups.fail('steps', { error: { code: 1, message: 'no' }, at: later(5) });
    expect(await backups.get('steps')).not.toHaveProperty('step');
  });

  it('keeps the known release when a later attempt cannot read it', async () => {
    await backups.create(aBackup({ backupId: 'released' }));
    const statement = { server: 'tidb-0:4000', connectionId: '1' };
    await backups.startAttempt('released', later(1));
    await backups.recordStatement('released', {
      ...{ attempt: 1, statement, at: later(1) },
      release: { tidbVersion: 'v7.5.3' },
    });
    await backups.startAttempt('released', later(2));

    const second = await backups.recordStatement('released', { attempt: 2, statement, release: {}, at: later(2) });

    expect(second).toHaveProperty('tidbVersion', 'v7.5.3');
    expect(second).not.toHaveProperty('newCollationEnabled');
  });

  it('finishes once: repeating the same result changes nothing', async () => {
    await backups.create(aBackup({ backupId: 'again' }));
    await backups.startAttempt('again', later(1));
    const result = { attempt: 1, backupTso: '1', sizeBytes: '2' };

    const first = await backups.finish('again', { ...result, at: later(2) });
    const second = await backups.finish('again', { ...result, at: later(9) });

    expect(second).toEqual(first);
  });

  describe('with a second copy', () => {
    const finish = async (backupId: string, awaitsCopy = true) => {
      await backups.create(aBackup({ backupId }));
      await backups.startAttempt(backupId, later(1));
      await backups.finish(backupId, { attempt: 1, backupTso: '1', sizeBytes: '2', awaitsCopy, at: later(2) });
    };
    const awaited = async () => (await backups.uncopied()).filter(({ backupId }) => backupId.startsWith('copied-'));

    it('waits for it from its end until it is recorded, once', async () => {
      await finish('copied-1');
      await finish('copied-without', false);
      expect(await awaited()).toEqual([{ backupId: 'copied-1', endTime: later(2), copyLookAt: later(2) }]);

      await backups.lookForCopyAt('copied-1', later(900));
      expect(await awaited()).toMatchObject([{ copyLookAt: later(900) }]);
      expect(await backups.recordCopied('copied-1', later(901))).toBe(true);

      expect(await awaited()).toEqual([]);
      expect(await backups.get('copied-1')).toMatchObject({ status: 'Finished', copiedAt: later(901) });
      expect(await backups.recordCopied('copied-1', later(999))).toBe(false);
      await backups.lookForCopyAt('copied-1', later(999));
      expect(await awaited()).toEqual([]);
    });

    it('expects none once it is being deleted', async () => {
      await finish('copied-2');
      await deletions.begin('copied-2', later(3));

      expect(await awaited()).toEqual([]);
      expect(await backups.recordCopied('copied-2', later(4))).toBe(false);
    });
  });

  it('is found among all finished backups, from any of them on', async () => {
    const ids = ['all-1', 'all-2', 'all-3'];
    for (const backupId of [...ids, 'all-running']) {
      await backups.create(aBackup({ backupId }));
      await backups.startAttempt(backupId, later(1));
    }
    for (const backupId of ids) {
      await backups.finish(backupId, { attempt: 1, backupTso: '1', sizeBytes: '2', at: later(2) });
    }
    const foundAfter = async (backupId?: string) => {
      const found: string[] = [];
      let after = backupId;
      do {
        const page = await backups.finishedAfter(after);
        found.push(...page.backups.map((record) => record.backupId));
        after = page.next;
      } while (after !== undefined);
      return found;
    };

    const all = await foundAfter();

    const own = all.filter((id) => id.startsWith('all-'));
    expect(own.toSorted()).toEqual(ids);
    for (const id of ids) expect(await foundAfter(id)).toEqual(all.slice(all.indexOf(id) + 1));
  });

  it('is known as the newest of its cluster only while it is finished', async () => {
    const finished = async (backupId: string, clusterId: string, end: number) => {
      await backups.create(aBackup({ backupId, clusterId }));
      await backups.startAttempt(backupId, later(1));
      await backups.finish(backupId, { attempt: 1, backupTso: '1', sizeBytes: '2', at: later(end) });
    };
    await finished('older', 'one-cluster', 2);
    await finished('newer', 'one-cluster', 3);
    await finished('elsewhere', 'other-cluster', 4);
    await backups.create(aBackup({ backupId: 'begun', clusterId: 'one-cluster' }));
    await backups.startAttempt('begun', later(5));
    await backups.create(aBackup({ backupId: 'fallen', clusterId: 'one-cluster' }));
    await backups.fail('fallen', { error: { code: 10007, message: 'away' }, at: later(6) });
    const newest = () => backups.newestFinished(ownOf('one-cluster'));

    expect(await newest()).toEqual({ backupId: 'newer', endTime: later(3) });
    await deletions.begin('newer', later(7));
    expect(await newest()).toEqual({ backupId: 'older', endTime: later(2) });
    await deletions.begin('older', later(7));
    expect(await newest()).toBeUndefined();
  });

  describe('of a cluster with several TiDBs over time', () => {
    const clusterId = 'two-tidbs';
    const scoped = { scope: { databases: ['shop'] } };
    const finished = async (backupId: string, end: number, tidbClusterId?: string, change: object = {}) => {
      await backups.create(aBackup({ backupId, clusterId, createTime: later(end - 1), ...change }));
      await backups.startAttempt(backupId, later(end - 1));
      const origin = tidbClusterId === undefined ? undefined : { clusterId, tidbClusterId };
      await backups.finish(backupId, { attempt: 1, backupTso: String(end), sizeBytes: '2', origin, at: later(end) });
    };
    const all = scopeKey(undefined);
    const look = async (own: OwnBackups) => [
      (await backups.newestFinished(own))?.backupId,
      (await backups.newestOfScope(own, all))?.backupId,
      (await backups.recentFinished(own, 5)).map(({ backupId }) => backupId),
    ];
    const former = async (own: OwnBackups) => {
      const view = createRetentionView(tables.table('backups'));
      const found = await view.backupsOf(clusterId, own);
      return found.flatMap(({ backupId, isOfFormerTidb }) => (isOfFormerTidb ? [backupId] : [])).sort();
    };

    it('is the newest, a base and retained only for its own TiDB', async () => {
      await finished('untold-1', 10);
      await finished('untold-2', 20);
      await finished('of-one', 30, '1');
      await finished('of-two', 40, '2');
      await finished('of-one-again', 50, '1', scoped);
      await backups.create(aBackup({ backupId: 'fell', clusterId, createTime: later(1) }));
      await backups.fail('fell', { error: { code: 1, message: '' }, at: later(2) });

      expect(await look(ownOf(clusterId, '1'))).toEqual(['of-one-again', 'of-one', ['of-one-again', 'of-one']]);
      expect(await look(ownOf(clusterId, '2'))).toEqual(['of-two', 'of-two', ['of-two']]);
      expect(await former(ownOf(clusterId, '2', later(15)))).toEqual(['of-one', 'of-one-again', 'untold-1']);
      expect(await former(ownOf(clusterId, '1', CREATED))).toEqual(['of-two']);
    });

    it('counts by its time while its TiDB is unknown', async () => {
      expect(await look(ownOf(clusterId, undefined, later(15)))).toEqual(['untold-2', 'untold-2', ['untold-2']]);
      expect(await look(ownOf(clusterId, undefined, later(45)))).toEqual([undefined, undefined, []]);
      expect(await former(ownOf(clusterId, undefined, later(35)))).toEqual(['of-one', 'untold-1', 'untold-2']);
      // None of the current TiDB's backups names it: those of an older release count.
      expect(await look(ownOf(clusterId, '3', later(15)))).toEqual(['untold-2', 'untold-2', ['untold-2']]);
    });

    it('is the newest verified one only of its own TiDB', async () => {
      const evidence: Evidence = {
        ...{ workFlowId: 'drill', time: later(60), result: 'passed' as const },
        ...{ tables: 1, rows: '1', mismatches: [], assertions: [] },
      };
      for (const id of ['untold-1', 'of-one', 'of-two']) {
        await backups.recordDrill(id, { evidence, verdict: 'verified', recoverySeconds: 1, at: later(60) });
      }

      expect((await backups.newestVerified(ownOf(clusterId, '1')))?.backupId).toBe('of-one');
      expect((await backups.newestVerified(ownOf(clusterId, '2')))?.backupId).toBe('of-two');
      expect((await backups.newestVerified(ownOf(clusterId, undefined, CREATED)))?.backupId).toBe('untold-1');
    });
  });

  it('is among the recent ones of its cluster, with what plans need', async () => {
    const finished = async (change: Partial<InitializingBackup> & { backupId: string }, end: number) => {
      await backups.create(aBackup({ clusterId: 'recent-cluster', ...change }));
      await backups.startAttempt(change.backupId, later(1));
      await backups.finish(change.backupId, { attempt: 1, backupTso: HUGE, sizeBytes: '2', at: later(end) });
    };
    const base = { backupId: 'recent-1', backupTso: HUGE };
    const scope = { tables: ['shop.orders', '`a.b`.t'] };
    await finished({ backupId: 'recent-1' }, 2);
    await finished({ backupId: 'recent-2', backupType: 'incr', base }, 3);
    await finished({ backupId: 'recent-3', scope }, 4);

    const recent = await backups.recentFinished(ownOf('recent-cluster'), 2);

    const common = { startTime: later(1), sizeBytes: '2', backupTso: HUGE };
    const sameScope = scopeKey({ tables: ['`A.B`.T', 'shop.orders'] });
    expect(recent).toEqual([
      { ...common, backupId: 'recent-3', endTime: later(4), backupType: 'full', scopeKey: sameScope },
      { ...common, backupId: 'recent-2', endTime: later(3), backupType: 'incr', scopeKey: '*', base },
    ]);
    expect(await backups.recentFinished(ownOf('nowhere'), 2)).toEqual([]);
  });

  describe('with drills', () => {
    const verdict = (workFlowId: string, result: Evidence['result']): Evidence => ({
      ...{ workFlowId, time: later(5), result, tables: 1, rows: '1', mismatches: [], assertions: [] },
    });
    const failure = (workFlowId: string) => ({ workFlowId, time: later(6), reason: 'TidbUnreachable: away' });

    it('keeps its evidence beside a later drill that reached no verdict, until one does', async () => {
      await backups.create(aBackup({ backupId: 'drilled' }));
      const note = (id: string) => backups.recordDrillFailure('drilled', { failure: failure(id), at: later(6) });
      expect(await note('early')).toBe(false);
      await backups.startAttempt('drilled', later(1));
      await backups.finish('drilled', { attempt: 1, backupTso: '1', sizeBytes: '1', at: later(2) });
      const passed = { evidence: verdict('first', 'passed'), verdict: 'verified', recoverySeconds: 7 } as const;
      await backups.recordDrill('drilled', { ...passed, at: later(5) });

      // It has a verdict, whatever happened at its end.
      expect(await note('first')).toBe(false);
      expect(await note('second')).toBe(true);

      const known = { evidence: passed.evidence, verifiedAt: later(5), recoverySeconds: 7 };
      expect(await backups.get('drilled')).toMatchObject({ ...known, lastFailure: failure('second') });
      expect(await backups.newestVerified(ownOf('cluster-1'))).toMatchObject({ backupId: 'drilled' });
      const refuted = { evidence: verdict('third', 'failed'), verdict: 'refuted' } as const;
      await backups.recordDrill('drilled', { ...refuted, unlessRecorded: true, at: later(7) });
      const record = await backups.get('drilled');
      expect(record).toMatchObject({ evidence: refuted.evidence });
      for (const gone of ['lastFailure', 'verifiedAt', 'recoverySeconds']) expect(record).not.toHaveProperty(gone);
      expect(await backups.newestVerified(ownOf('cluster-1'))).toBeUndefined();
    });
  });

  describe('that ends twice', () => {
    const prepare = async (backupId: string) => {
      await backups.create(aBackup({ backupId }));
      await backups.startAttempt(backupId, later(1));
      await backups.startAttempt(backupId, later(2));
      return backupId;
    };

    it('stays the backup of the attempt that finished it', async () => {
      const id = await prepare('two-attempts');
      const end = (attempt: number) => backups.finish(id, { attempt, backupTso: '1', sizeBytes: '1', at: later(3) });

      expect(await end(1)).toBeUndefined();
      expect(await end(2)).toMatchObject({ finishedAttempt: 2 });
      expect(await end(2)).toMatchObject({ finishedAttempt: 2 });
      expect(await end(1)).toBeUndefined();
      expect(await end(3)).toBeUndefined();
    });

    it('does not become a full one by an attempt that another has replaced', async () => {
      const id = await prepare('followed');

      expect(await backups.becomeFull(id, { attempt: 1, because: 'BaseGone: gone', at: later(3) })).toMatchObject({
        backupType: 'full',
      });
      await backups.create(aBackup({ backupId: 'incr-followed', backupType: 'incr' }));
      await backups.startAttempt('incr-followed', later(1));
      await backups.startAttempt('incr-followed', later(2));
      const late = { attempt: 1, because: 'BaseGone: gone', at: later(3) };
      expect(await backups.becomeFull('incr-followed', late)).toBeUndefined();
      expect(await backups.get('incr-followed')).toMatchObject({ backupType: 'incr' });
    });

    it("keeps the findings of its drill, whatever the drill's end says", async () => {
      const id = await prepare('found');
      await backups.finish(id, { attempt: 2, backupTso: '1', sizeBytes: '1', at: later(3) });
      const evidence = (rows: string, workFlowId: string): Evidence => ({
        ...{ workFlowId, time: later(4), result: 'failed', tables: 1, rows, mismatches: [], assertions: [] },
      });
      const note = (rows: string, workFlowId: string, unlessRecorded: boolean) =>
        backups.recordDrill(id, {
          evidence: evidence(rows, workFlowId),
          verdict: 'refuted',
          unlessRecorded,
          at: later(5),
        });

      await note('1', 'drill', false);
      await note('0', 'drill', true);
      expect(await backups.get(id)).toMatchObject({ evidence: { rows: '1' } });
      await note('0', 'another', true);
      expect(await backups.get(id)).toMatchObject({ evidence: { rows: '0', workFlowId: 'another' } });
    });

    it('is deleted for the first reason, and its removal may be repeated', async () => {
      const id = await prepare('reasons');
      await backups.finish(id, { attempt: 2, backupTso: '1', sizeBytes: '1', at: later(3) });

      await deletions.begin(id, later(4), undefined, 'it is too old');
      await deletions.begin(id, later(5), undefined, 'another reason');
      expect(await backups.get(id)).toMatchObject({ deletionReason: 'it is too old', deleteTime: later(4) });

      await deletions.finish(id);
      await expect(deletions.finish(id)).resolves.toBeUndefined();
    });
  });

  describe('with dependents', () => {
    const base = { backupId: 'base', backupTso: HUGE };
    const prepare = async (backupId: string) => {
      await backups.create(aBackup({ backupId }));
      await backups.startAttempt(backupId, later(1));
      await backups.finish(backupId, { attempt: 1, backupTso: HUGE, sizeBytes: '2', at: later(2) });
      return { ...base, backupId };
    };

    it('is held by each, once, and only as the backup that they name', async () => {
      const held = await prepare('held');

      expect(await backups.holdBase(held, 'one')).toBe(true);
      expect(await backups.holdBase(held, 'one')).toBe(true);
      expect(await backups.holdBase(held, 'two')).toBe(true);
      expect(await backups.holdBase({ ...held, backupTso: '1' }, 'three')).toBe(false);
      expect(await backups.holdBase({ ...held, backupId: 'nowhere' }, 'three')).toBe(false);

      expect(await backups.get('held')).toMatchObject({ dependents: new Set(['one', 'two']) });
      expect(await backups.get('nowhere')).toBeUndefined();
      expect(await deletions.begin('held', later(3))).toBeUndefined();
    });

    it('is released only in the state that was read, and can be deleted once no hold is left', async () => {
      const held = await prepare('let-go');
      await backups.holdBase(held, 'one');
      await backups.holdBase(held, 'two');

      expect(await backups.releaseBase('let-go', { backupId: 'one', seen: 1 })).toBe(false);
      expect(await backups.releaseBase('let-go', { backupId: 'one', seen: 2 })).toBe(true);
      expect(await deletions.begin('let-go', later(3))).toBeUndefined();
      expect(await backups.releaseBase('let-go', { backupId: 'two', seen: 2 })).toBe(true);

      expect(await backups.get('let-go')).not.toHaveProperty('dependents');
      expect(await deletions.begin('let-go', later(3))).toMatchObject({ status: 'Deleting' });
      expect(await backups.holdBase(held, 'three')).toBe(false);
    });

    it('is marked with all its dependents, unless another was added since', async () => {
      const held = await prepare('by-force');
      await backups.holdBase(held, 'one');

      expect(await deletions.begin('by-force', later(3), 0)).toBeUndefined();
      await backups.holdBase(held, 'two');
      expect(await deletions.begin('by-force', later(3), 1)).toBeUndefined();
      expect(await deletions.begin('by-force', later(3), 2)).toMatchObject({
        status: 'Deleting',
        dependents: new Set(['one', 'two']),
      });
      expect(await deletions.begin('by-force', later(4))).toMatchObject({ deleteTime: later(3) });
    });

    it('changes once when an incremental backup becomes full, in its next attempt', async () => {
      const upon = await prepare('was-base');
      await backups.create(aBackup({ backupId: 'becomes', backupType: 'incr', base: upon, fallbackToFull: true }));
      await backups.startAttempt('becomes', later(1));

      const full = await backups.becomeFull('becomes', { attempt: 1, because: 'BaseGone: it is gone', at: later(2) });

      expect(full).toMatchObject({
        ...{ status: 'Processing', backupType: 'full', attempts: 2 },
        fullBecause: 'BaseGone: it is gone',
      });
      expect(full).not.toHaveProperty('base');
      // Its answer was lost.
      expect(
        await backups.becomeFull('becomes', { attempt: 1, because: 'BaseGone: it is gone', at: later(2) }),
      ).toEqual(full);
      await backups.startAttempt('becomes', later(3));
      expect(
        await backups.becomeFull('becomes', { attempt: 1, because: 'BaseGone: it is gone', at: later(4) }),
      ).toBeUndefined();
    });
  });

  it('ignores an attempt that another has replaced', async () => {
    await backups.create(aBackup({ backupId: 'superseded' }));
    await backups.startAttempt('superseded', later(1));
    const second = await backups.startAttempt('superseded', later(2));

    const statement = { server: 'tidb-0:4000', connectionId: '1' };
    expect(second).toMatchObject({ attempts: 2, startTime: later(1) });
    expect(
      await backups.recordStatement('superseded', { attempt: 1, statement, release: {}, at: later(3) }),
    ).toBeUndefined();
    expect(await backups.recordProgress('superseded', { attempt: 1, progress: 50, at: later(3) })).toBeUndefined();
    const result = { attempt: 1, backupTso: '1', sizeBytes: '2', at: later(3) };
    expect(await backups.finish('superseded', result)).toBeUndefined();
    expect(await backups.get('superseded')).toEqual(second);
  });

  it('fails with its first error, and says until when files remain', async () => {
    await backups.create(aBackup({ backupId: 'failing' }));
    await backups.startAttempt('failing', later(1));
    const error = { code: 10007, message: 'TidbUnreachable: tidb.example.com:4000' };

    await backups.fail('failing', { error, filesRemain: 's3: access denied', at: later(2) });
    const before = await backups.get('failing');
    await backups.fail('failing', { error: { code: 1, message: 'later' }, at: later(3) });

    expect(before).toMatchObject({ status: 'Failed', error, filesRemain: 's3: access denied', endTime: later(2) });
    const after = await backups.get('failing');
    expect(after).toMatchObject({ status: 'Failed', error, endTime: later(2), updateTime: later(3) });
    expect(after).not.toHaveProperty('filesRemain');
  });

  it('ends with `unlessStarted` only if no attempt has started', async () => {
    const error = { code: 20602, message: 'TooLateToBegin: throttled' };
    await backups.create(aBackup({ backupId: 'waiting' }));
    await backups.create(aBackup({ backupId: 'begun' }));
    await backups.startAttempt('begun', later(1));

    expect(await backups.fail('begun', { error, unlessStarted: true, at: later(2) })).toBe(false);
    expect(await backups.cancel('begun', { unlessStarted: true, at: later(2) })).toBe(false);
    expect(await backups.fail('waiting', { error, unlessStarted: true, at: later(2) })).toBe(true);
    expect(await backups.fail('waiting', { error, unlessStarted: true, at: later(3) })).toBe(true);

    expect(await backups.get('begun')).toMatchObject({ status: 'Processing' });
    expect(await backups.get('waiting')).toMatchObject({ status: 'Failed', error, endTime: later(2) });
    expect(await backups.startAttempt('waiting', later(4))).toBeUndefined();
  });

  it('ends in one way only', async () => {
    const error = { code: 1, message: 'x' };
    await backups.create(aBackup({ backupId: 'finished' }));
    await backups.startAttempt('finished', later(1));
    await backups.finish('finished', { attempt: 1, backupTso: '1', sizeBytes: '2', at: later(2) });
    await backups.create(aBackup({ backupId: 'canceled' }));
    expect(await backups.cancel('canceled', { at: later(2) })).toBe(true);

    expect(await backups.fail('finished', { error, at: later(3) })).toBe(false);
    expect(await backups.cancel('finished', { at: later(3) })).toBe(false);
    expect(await backups.fail('canceled', { error, at: later(3) })).toBe(false);
    expect(await backups.startAttempt('canceled', later(3))).toBeUndefined();
    expect(await backups.startAttempt('nowhere', later(3))).toBeUndefined();
    expect(await backups.get('nowhere')).toBeUndefined();
  });

  it('is rolled back only before it has started', async () => {
    await backups.create(aBackup({ backupId: 'unstarted' }));
    await backups.create(aBackup({ backupId: 'begun' }));
    await backups.startAttempt('begun', later(1));

    expect(await backups.removeUnstarted('unstarted')).toBe(true);
    expect(await backups.removeUnstarted('unstarted')).toBe(true);
    expect(await backups.removeUnstarted('begun')).toBe(false);
    expect(await backups.get('unstarted')).toBeUndefined();
  });
});

describe('the list of records', () => {
  it('contains what all given filters match, newest first, with the total of all pages', async () => {
    const own = await startTables();
    const store = createBackupStore(own.table('backups'));
    for (let i = 0; i < 24; i += 1) {
      await store.create(
        aBackup({
          backupId: `b${String(i).padStart(2, '0')}`,
          clusterId: i % 2 === 0 ? 'even' : 'odd',
          backupMode: i % 3 === 0 ? 'auto' : 'manual',
          createTime: later(i),
        }),
      );
    }
    const page = { page: 1, pageSize: 3 };
    const ids = async (...request: Parameters<BackupStore['list']>) => {
      const { items, total } = await store.list(...request);
      return [items.map((item) => item.backupId), total];
    };

    expect(await ids({}, { page: 2, pageSize: 10 })).toEqual([
      Array.from({ length: 10 }, (_, i) => `b${13 - i < 10 ? '0' : ''}${13 - i}`),
      24,
    ]);
    expect(await ids({ clusterId: 'even' }, page)).toEqual([['b22', 'b20', 'b18'], 12]);
    expect(await ids({ backupMode: 'auto' }, page)).toEqual([['b21', 'b18', 'b15'], 8]);
    expect(await ids({ clusterId: 'even', backupMode: 'auto' }, page)).toEqual([['b18', 'b12', 'b06'], 4]);
    const [createdFrom, createdTo] = [Date.parse(later(4)), Date.parse(later(6))];
    expect(await ids({ createdFrom, createdTo }, page)).toEqual([['b06', 'b05', 'b04'], 3]);
    expect(await ids({ createdTo }, page)).toEqual([['b06', 'b05', 'b04'], 7]);
    expect(await ids({ createdFrom, clusterId: 'nowhere' }, page)).toEqual([[], 0]);
    expect(await ids({ backupId: 'b06' }, page)).toEqual([['b06'], 1]);
    expect(await ids({ backupId: 'b06', clusterId: 'odd' }, page)).toEqual([[], 0]);
    expect(await ids({ backupId: 'b06', createdFrom: Date.parse(CREATED) }, { page: 2, pageSize: 3 })).toEqual([[], 1]);
    await own.stop();
  });

  it('costs one query and one batch read', async () => {
    const own = await startTables();
    const store = createBackupStore(own.table('backups'));
    for (let i = 0; i < 30; i += 1) await store.create(aBackup({ backupId: `b${i}` }));
    const sent = recordCommands(own.client);

    const { items, total } = await store.list({ clusterId: 'cluster-1' }, { page: 2, pageSize: 20 });

    expect([items.length, total]).toEqual([10, 30]);
    expect(sent).toEqual(['QueryCommand', 'BatchGetItemCommand']);
    await own.stop();
  });

  it('counts beyond the megabyte that one answer of DynamoDB holds', async () => {
    const own = await startTables();
    const store = createBackupStore(own.table('backups'));
    const TableName = own.names.backups;
    // Ids longer than ours ever are, so that few items fill a megabyte of keys.
    const items = Array.from({ length: 600 }, (_, i) => ({
      backupId: `${i}`.padEnd(1_900, '-'),
      list: 'list',
      listOrder: listOrder(later(i), '-'.repeat(900)),
    }));
    for (let i = 0; i < items.length; i += 25) {
      const RequestItems = { [TableName]: items.slice(i, i + 25).map((Item) => ({ PutRequest: { Item } })) };
      await own.client.send(new BatchWriteCommand({ RequestItems }));
    }
    const sent = recordCommands(own.client);

    const { total } = await store.list({}, { page: 100, pageSize: 10 });

    expect(total).toBe(600);
    expect(sent).toEqual(['QueryCommand', 'QueryCommand']);
    await own.stop();
  });
});
