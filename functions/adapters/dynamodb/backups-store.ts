import { DeleteCommand, QueryCommand, type QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import {
  backupBase,
  backupRecord,
  type FinishedBackup,
  finishedBackup,
  type InitializingBackup,
  processingBackup,
} from '../../domain/backup/backup-record.ts';
import { scopeKey } from '../../domain/backup/backup-scope.ts';
import type { OwnBackups } from '../../domain/cluster/cluster.ts';
import type { BackupEnd, BackupFilter, BackupStore } from '../../domain/shared/stores.ts';
import { copyOf } from '../../domain/storage/storage-location.ts';
import { getItem, putNew, type Table, unlessConditionFails } from './dynamodb.ts';
import { itemsOf, listItems } from './list-items.ts';
import { queryIndex } from './query-index.ts';
import {
  COPYING,
  COPYING_INDEX,
  EXPIRING,
  EXPIRING_INDEX,
  FINISHED_INDEX,
  finishedOf,
  listAttributes,
  listOrder,
  listRange,
  TABLES,
  UNSETTLED,
  VERIFIED_INDEX,
} from './tables.ts';
import { type RecordChange, STATUS, updateRecord } from './update-record.ts';

/**
 * Lets only the worker of the newest attempt write:
 *
 *     attempt 1: startAttempt (1) ── cut off, still alive ─────────────── progress, finish
 *     attempt 2: ─────────────────────────────────── startAttempt (2)                      its files would be lost
 */
const CURRENT_ATTEMPT = '#status = :processing AND attempts = :attempt';

/** No verdict of this drill is there. */
const IS_NOT_NOTED = '(attribute_not_exists(evidence) OR evidence.workFlowId <> :workFlowId)';

const IS_COPYING = `#status = :finished AND attribute_exists(${COPYING_INDEX.partitionKey})`;

const uncopiedBackup = z.object({
  ...z.pick(finishedBackup, { backupId: true, endTime: true }).shape,
  copyLookAt: z.string(),
});

/** What {@link FINISHED_INDEX} knows of a backup. */
const recentBackup = z.object({
  ...z.pick(finishedBackup, {
    backupId: true,
    startTime: true,
    endTime: true,
    sizeBytes: true,
    backupType: true,
    backupTso: true,
    base: true,
  }).shape,
  scopeKey: z.string(),
});
const finishedKeys = z.pick(recentBackup, { backupId: true, endTime: true });

/** The backup records. */
export function createBackupStore(table: Table): BackupStore {
  const definition = TABLES.backups;
  const get: BackupStore['get'] = (backupId) => getItem(table, { backupId }, backupRecord);

  const update = (backupId: string, change: RecordChange) => updateRecord(table, backupId, change);

  /** The last to end first. One answer of DynamoDB holds some thousands. */
  function newestOf(
    index: typeof FINISHED_INDEX | typeof VERIFIED_INDEX,
    own: OwnBackups,
    limit: number,
  ): Promise<unknown[]> {
    return firstFound(own, async (partition, since) => {
      const { Items = [] } = await table.client.send(
        new QueryCommand({
          TableName: table.tableName,
          IndexName: index.name,
          KeyConditionExpression: `${index.partitionKey} = :partition AND ${index.sortKey} >= :since`,
          ExpressionAttributeValues: { ':partition': partition, ':since': since },
          ScanIndexForward: false,
          Limit: limit,
        }),
      );
      return Items;
    });
  }

  return {
    get,

    getAll: (backupIds) => itemsOf({ table, definition, schema: backupRecord }, backupIds),

    create: (record) => putNew(table, definition.partitionKey, itemOf(record)),

    async adopt(record) {
      const finished = finishedOf(record.clusterId, record.tidbClusterId);
      // By the same write again, which putNew takes for its own, nothing changes.
      return await putNew(table, definition.partitionKey, {
        ...itemOf(record),
        [FINISHED_INDEX.partitionKey]: finished,
        ...(record.verifiedAt !== undefined && { [VERIFIED_INDEX.partitionKey]: finished }),
        ...(copyOf(record.location) && {
          [COPYING_INDEX.partitionKey]: COPYING,
          [COPYING_INDEX.sortKey]: record.updateTime,
        }),
      });
    },

    async removeUnstarted(backupId) {
      // start: … StartExecution (answer lost) ─ look: not there ──────────────── remove
      // node:  ──────────────────────────────────────────────── startAttempt                 files without a record
      const result = await unlessConditionFails(
        table.client.send(
          new DeleteCommand({
            TableName: table.tableName,
            Key: { backupId },
            ConditionExpression: 'attribute_not_exists(backupId) OR #status = :initializing',
            ExpressionAttributeNames: STATUS,
            ExpressionAttributeValues: { ':initializing': 'Initializing' },
          }),
        ),
      );
      return result !== undefined;
    },

    async list({ backupId, createdFrom, createdTo, ...filters }, page) {
      if (backupId !== undefined) {
        const record = await get(backupId);
        const matches = record !== undefined && isWanted(record, { createdFrom, createdTo, ...filters });
        return { items: matches && page.page === 1 ? [record] : [], total: matches ? 1 : 0 };
      }
      const range = listRange(createdFrom, createdTo);
      return await listItems({ table, definition, filters, range, page, schema: backupRecord });
    },

    async newestFinished(own) {
      const [newest] = await newestOf(FINISHED_INDEX, own, 1);
      return newest === undefined ? undefined : finishedKeys.parse(newest);
    },

    async newestVerified(own) {
      const [newest] = await newestOf(VERIFIED_INDEX, own, 1);
      return newest === undefined ? undefined : finishedKeys.parse(newest);
    },

    async recentFinished(own, limit) {
      return (await newestOf(FINISHED_INDEX, own, limit)).map((item) => recentBackup.parse(item));
    },

    async ofTso({ clusterId, tidbClusterId }, backupTso) {
      const partitions = new Set([finishedOf(clusterId, tidbClusterId), finishedOf(clusterId, undefined)]);
      for (const partition of partitions) {
        const found = (await queryIndex(table, FINISHED_INDEX, partition)).map((item) => backupBase.parse(item));
        const base = found.find((each) => each.backupTso === backupTso);
        if (base !== undefined) return base;
      }
      return undefined;
    },

    async recordExecutor(backupId, { executor, at }) {
      // choose: ─ timed out, still alive ────────────────────── recordExecutor
      // node:   ───────────────────────── startAttempt, runs                 the record would name where it does not run
      const record = await update(backupId, {
        update: 'SET executor = :executor, updateTime = :at',
        condition: '#status = :initializing',
        values: { ':initializing': 'Initializing', ':executor': executor, ':at': at },
      });
      return record !== undefined;
    },

    async newestOfScope(own, key) {
      const [newest] = await firstFound(own, async (partition, since) => {
        let start: Record<string, unknown> | undefined;
        do {
          const answer: QueryCommandOutput = await table.client.send(
            new QueryCommand({
              TableName: table.tableName,
              IndexName: FINISHED_INDEX.name,
              KeyConditionExpression: `${FINISHED_INDEX.partitionKey} = :partition AND ${FINISHED_INDEX.sortKey} >= :since`,
              FilterExpression: 'scopeKey = :key',
              ExpressionAttributeValues: { ':partition': partition, ':key': key, ':since': since },
              ScanIndexForward: false,
              // What is read is paid for, and what is wanted is among the first, unless other scopes are backed up far more often.
              Limit: 100,
              ExclusiveStartKey: start,
            }),
          );
          if (answer.Items?.length) return answer.Items;
          start = answer.LastEvaluatedKey;
        } while (start !== undefined);
        return [];
      });
      return newest === undefined ? undefined : backupBase.parse(newest);
    },

    async startAttempt(backupId, at, executor) {
      // cancel, fail: Update (ended)
      // node:         ────────────── startAttempt      without the condition an ended backup writes files again
      const record = await update(backupId, {
        update: `SET #status = :processing, startTime = if_not_exists(startTime, :at), progress = if_not_exists(progress, :zero),${executor === undefined ? '' : ' executor = :executor,'} updateTime = :at ADD attempts :one REMOVE #statement, step`,
        condition: '#status IN (:initializing, :processing)',
        names: { '#statement': 'statement' },
        values: {
          ':initializing': 'Initializing',
          ':processing': 'Processing',
          ':zero': 0,
          ':one': 1,
          ...(executor !== undefined && { ':executor': executor }),
          ':at': at,
        },
      });
      return record && processingBackup.parse(record);
    },

    async recordStatement(backupId, { attempt, statement, release, at }) {
      const { tidbVersion, newCollationEnabled } = release;
      const known = knownOf({ tidbVersion, newCollationEnabled });
      const record = await update(backupId, {
        update: `SET ${known.set}#statement = :statement, updateTime = :at REMOVE step`,
        condition: CURRENT_ATTEMPT,
        names: { '#statement': 'statement' },
        values: {
          ':processing': 'Processing',
          ':attempt': attempt,
          ':statement': statement,
          ...known.values,
          ':at': at,
        },
      });
      return record && processingBackup.parse(record);
    },

    async recordProgress(backupId, { attempt, progress, step, at }) {
      const record = await update(backupId, {
        update: `SET progress = :progress, updateTime = :at${step === undefined ? ' REMOVE step' : ', step = :step'}`,
        condition: CURRENT_ATTEMPT,
        values: {
          ':processing': 'Processing',
          ':attempt': attempt,
          ':progress': progress,
          ...(step !== undefined && { ':step': step }),
          ':at': at,
        },
      });
      return record && processingBackup.parse(record);
    },

    async requestCancel(backupId, { clusterId, at }) {
      // node: finish ─────────────────
      // user: ─────── requestCancel       without the condition a finished backup waits for its end
      const record = await update(backupId, {
        update: 'SET cancelRequested = :true, updateTime = :at',
        condition: 'clusterId = :clusterId AND #status IN (:initializing, :processing)',
        values: {
          ':clusterId': clusterId,
          ':initializing': 'Initializing',
          ':processing': 'Processing',
          ':true': true,
          ':at': at,
        },
      });
      return record !== undefined;
    },

    async finish(backupId, { attempt, backupTso, sizeBytes, origin, at, ...optional }) {
      // user: requestCancel (answered) ───────────
      // node: ──────────────────────── finish          without the second condition a cancelled backup is kept
      // The last arm: updateBackupRecord is repeated after a lost answer, and must find its own work done.
      const { fileCount, lockedUntil, metaVersion, checksums, awaitsCopy } = optional;
      const copying = awaitsCopy && { [COPYING_INDEX.partitionKey]: COPYING, [COPYING_INDEX.sortKey]: at };
      const known = knownOf({
        tidbClusterId: origin?.tidbClusterId,
        fileCount,
        lockedUntil,
        metaVersion,
        checksums,
        ...copying,
      });
      const record = await update(backupId, {
        update: `SET #status = :finished, ${FINISHED_INDEX.partitionKey} = ${origin ? ':finishedOf' : 'clusterId'}, finishedAttempt = :attempt, backupTso = :tso, sizeBytes = :size, ${known.set}endTime = if_not_exists(endTime, :at), updateTime = if_not_exists(endTime, :at) REMOVE #statement, step, progress`,
        condition: `(${CURRENT_ATTEMPT} AND attribute_not_exists(cancelRequested)) OR (#status = :finished AND finishedAttempt = :attempt)`,
        names: { '#statement': 'statement' },
        values: {
          ':processing': 'Processing',
          ':finished': 'Finished',
          ':attempt': attempt,
          ':tso': backupTso,
          ':size': sizeBytes,
          ...(origin && { ':finishedOf': finishedOf(origin.clusterId, origin.tidbClusterId) }),
          ...known.values,
          ':at': at,
        },
      });
      return record && finishedBackup.parse(record);
    },

    async fail(backupId, end) {
      const record = await update(backupId, ending('Failed', end));
      return record !== undefined;
    },

    async cancel(backupId, end) {
      const record = await update(backupId, ending('Canceled', end));
      return record !== undefined;
    },

    async recordFiles(backupId, { filesRemain, at }) {
      // attempt 1: ─ cut off, still alive ─────────────── recordFiles
      // attempt 2: ──────────────────────── finish                   without the condition files of a good backup would go
      const record = await update(backupId, {
        update: 'SET filesRemain = :filesRemain, unsettled = :unsettled, updateTime = :at',
        condition: '#status IN (:failed, :canceled)',
        values: {
          ':failed': 'Failed',
          ':canceled': 'Canceled',
          ':filesRemain': filesRemain,
          ':unsettled': UNSETTLED.filesRemain,
          ':at': at,
        },
      });
      return record !== undefined;
    },

    async recordDrill(backupId, { evidence, unlessNoted = false, at, ...drill }) {
      // verifyRestore: recordDrill (what it found) ── DrillFailed, or the end dies
      // fail:          ──────────────────────────────────────────────────────── recordDrill      without its condition that is lost
      const set = ['evidence = :evidence', 'updateTime = :at'];
      if (drill.verdict === 'verified') {
        set.push(
          'verifiedAt = :at',
          'recoverySeconds = :seconds',
          `${VERIFIED_INDEX.partitionKey} = ${FINISHED_INDEX.partitionKey}`,
        );
      }
      const forgotten = [
        'lastFailure',
        ...(drill.verdict === 'refuted' ? ['verifiedAt', 'recoverySeconds', VERIFIED_INDEX.partitionKey] : []),
      ];
      const record = await update(backupId, {
        update: `SET ${set.join(', ')} REMOVE ${forgotten.join(', ')}`,
        condition: `#status = :finished${unlessNoted ? ` AND ${IS_NOT_NOTED}` : ''}`,
        values: {
          ':finished': 'Finished',
          ':evidence': evidence,
          ':at': at,
          ...(drill.verdict === 'verified' && { ':seconds': drill.recoverySeconds }),
          ...(unlessNoted && { ':workFlowId': evidence.workFlowId }),
        },
      });
      return record !== undefined;
    },

    async recordDrillFailure(backupId, { failure, at }) {
      // verifyRestore: recordDrill (what it found) ── the end dies
      // fail:          ───────────────────────────────────────── recordDrillFailure      it would say that there was no verdict
      const record = await update(backupId, {
        update: 'SET lastFailure = :failure, updateTime = :at',
        condition: `#status = :finished AND ${IS_NOT_NOTED}`,
        values: { ':finished': 'Finished', ':failure': failure, ':workFlowId': failure.workFlowId, ':at': at },
      });
      return record !== undefined;
    },

    async recordCopied(backupId, at) {
      // sweep:  compares ─────────────── recordCopied
      // delete: ──────── begin (Deleting)             without the condition a record that is going would come back to its index
      const record = await update(backupId, {
        update: `SET copiedAt = :at, updateTime = :at REMOVE ${COPYING_INDEX.partitionKey}, ${COPYING_INDEX.sortKey}`,
        condition: IS_COPYING,
        values: { ':finished': 'Finished', ':at': at },
      });
      return record !== undefined;
    },

    async lookForCopyAt(backupId, at) {
      await update(backupId, {
        update: `SET ${COPYING_INDEX.sortKey} = :at`,
        condition: IS_COPYING,
        values: { ':finished': 'Finished', ':at': at },
      });
    },

    async uncopied() {
      const found = await queryIndex(table, COPYING_INDEX, COPYING);
      return found.map((item) => uncopiedBackup.parse(item));
    },

    async recordUndelete(backupId, { refutedBy, copied, awaitsCopy, at }) {
      const finished = { ':finished': 'Finished', ':at': at };
      const copying = awaitsCopy && { [COPYING_INDEX.partitionKey]: COPYING, [COPYING_INDEX.sortKey]: at };
      const known = knownOf({ ...copied, ...copying });
      if (known.set !== '') {
        await update(backupId, {
          update: `SET ${known.set}updateTime = :at${awaitsCopy ? ' REMOVE copiedAt' : ''}`,
          condition: '#status = :finished',
          values: { ...finished, ...known.values },
        });
      }
      if (refutedBy === undefined) return;
      // restore:  recordDrill (files are missing) ─────────────
      // drill:    ───────────────────────────── recordDrill ───
      // undelete: ─────────────────────────────────────────── recordUndelete      without the condition the drill's verdict is lost
      await update(backupId, {
        update: 'SET updateTime = :at REMOVE evidence',
        condition: '#status = :finished AND evidence.workFlowId = :refutedBy',
        values: { ...finished, ':refutedBy': refutedBy },
      });
    },

    async holdForRestore(backupId, workFlowId) {
      // delete:  begin (Deleting) ────────────────
      // restore: ──────────────── holdForRestore      without the condition it reads files that are being removed
      const record = await update(backupId, {
        update: 'ADD restoredBy :workFlowId',
        condition: '#status = :finished',
        values: { ':finished': 'Finished', ':workFlowId': new Set([workFlowId]) },
      });
      return record && finishedBackup.parse(record);
    },

    async releaseFromRestore(backupId, workFlowId) {
      // DynamoDB drops a set with its last member. Without the condition the update would make a new, empty record.
      await update(backupId, {
        update: 'DELETE restoredBy :workFlowId',
        condition: '#status = :finished',
        values: { ':finished': 'Finished', ':workFlowId': new Set([workFlowId]) },
      });
    },

    async holdBase({ backupId: baseId, backupTso }, backupId) {
      // delete:      begin (Deleting) ─────────
      // incremental: ──────────────── holdBase      without the condition its base has no files
      const record = await update(baseId, {
        update: 'ADD dependents :backupId, dependentsAdded :one',
        condition: '#status = :finished AND backupTso = :tso',
        values: { ':finished': 'Finished', ':tso': backupTso, ':backupId': new Set([backupId]), ':one': 1 },
      });
      return record !== undefined;
    },

    async releaseBase(baseId, { backupId, seen }) {
      // release: get (n), the incremental is gone ───────────────────────── releaseBase
      // retried: ──────────────────────────────── create, holdBase (n + 1)               without the condition it has no base
      const record = await update(baseId, {
        update: 'DELETE dependents :backupId',
        condition: '#status IN (:finished, :deleting) AND dependentsAdded = :seen',
        values: {
          ':finished': 'Finished',
          ':deleting': 'Deleting',
          ':seen': seen,
          ':backupId': new Set([backupId]),
        },
      });
      return record !== undefined;
    },

    async becomeFull(backupId, { attempt, because, at }) {
      // attempt 1: ─ cut off, still alive ─ becomeFull
      // attempt 2: ──── startAttempt ──────────────────── runs      without the condition both write into one path
      // The second arm: its answer was lost, and the SDK sends it again.
      const record = await update(backupId, {
        update:
          'SET backupType = :full, fullBecause = :because, attempts = :next, updateTime = :at REMOVE #base, fallbackToFull',
        condition: `(${CURRENT_ATTEMPT}) OR (#status = :processing AND attempts = :next AND backupType = :full)`,
        names: { '#base': 'base' },
        values: {
          ':processing': 'Processing',
          ':full': 'full',
          ':attempt': attempt,
          ':next': attempt + 1,
          ':because': because,
          ':at': at,
        },
      });
      return record && processingBackup.parse(record);
    },
  };
}

/**
 * What `find` finds in the first partition of {@link FINISHED_INDEX} that has any: backups that tell their TiDB are newer than those that
 * do not, which were taken by older releases.
 */
async function firstFound(
  { clusterId, tidbClusterId, since }: OwnBackups,
  find: (partition: string, since: string) => Promise<unknown[]>,
): Promise<unknown[]> {
  const found = tidbClusterId === undefined ? [] : await find(finishedOf(clusterId, tidbClusterId), '');
  return found.length > 0 ? found : await find(finishedOf(clusterId, undefined), since);
}

/** A record with the attributes that place it in the indexes. */
function itemOf(record: InitializingBackup | FinishedBackup): InitializingBackup | FinishedBackup {
  return {
    ...record,
    ...listAttributes(TABLES.backups, { clusterId: record.clusterId, backupMode: record.backupMode }),
    // For the index of finished backups, which it comes into as it finishes. No backup builds upon what nobody knows the scope of.
    ...{ scopeKey: record.imported?.withoutManifest ? 'unknown' : scopeKey(record.scope) },
    ...{ listOrder: listOrder(record.createTime, record.backupId) },
    ...(record.expireAt !== undefined && { [EXPIRING_INDEX.partitionKey]: EXPIRING }),
  };
}

/** Of attributes that a change sets if they are known: the beginning of its `SET`, and its values. */
function knownOf(attributes: Readonly<Record<string, unknown>>): { set: string; values: Record<string, unknown> } {
  const known = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return {
    set: known.map(([name]) => `${name} = :${name}, `).join(''),
    values: Object.fromEntries(known.map(([name, value]) => [`:${name}`, value])),
  };
}

/**
 * Ends a record without a backup.
 *
 *     updateBackupRecord: finish ── answer lost, and every retry of it
 *     fail:               ─────────────────────────────────────────── fail     a good backup is called failed, its files removed
 */
function ending(
  status: 'Failed' | 'Canceled',
  { error, filesRemain, lockedUntil, unlessBegun, at }: { error?: unknown } & BackupEnd,
): RecordChange {
  const left = Object.entries({ filesRemain, lockedUntil, unsettled: filesRemain && UNSETTLED.filesRemain });
  const there = left.filter(([, value]) => value !== undefined);
  const gone = left.filter(([, value]) => value === undefined);
  const set = [
    '#status = :ended',
    'endTime = if_not_exists(endTime, :at)',
    'updateTime = :at',
    ...(error === undefined ? [] : ['#error = if_not_exists(#error, :error)']),
    ...there.map(([name]) => `${name} = :${name}`),
  ];
  const remove = ['#statement', 'step', 'progress', ...gone.map(([name]) => name)];
  return {
    update: `SET ${set.join(', ')} REMOVE ${remove.join(', ')}`,
    // node:  ──────────── startAttempt, BACKUP
    // repair: get (waits) ──────────────────── fail      without `attempts` its statement and its files would be nobody's
    condition: `#status IN (:initializing, :processing, :ended)${unlessBegun ? ' AND attempts = :none' : ''}`,
    names: { '#statement': 'statement', ...(error !== undefined && { '#error': 'error' }) },
    values: {
      ':initializing': 'Initializing',
      ':processing': 'Processing',
      ':ended': status,
      ':at': at,
      ...(unlessBegun && { ':none': 0 }),
      ...(error !== undefined && { ':error': error }),
      ...Object.fromEntries(there.map(([name, value]) => [`:${name}`, value])),
    },
  };
}

function isWanted(
  record: { clusterId: string; backupMode: string; createTime: string },
  filter: Omit<BackupFilter, 'backupId'>,
): boolean {
  const created = Date.parse(record.createTime);
  return (
    (filter.clusterId ?? record.clusterId) === record.clusterId &&
    (filter.backupMode ?? record.backupMode) === record.backupMode &&
    (filter.createdFrom ?? created) <= created &&
    (filter.createdTo ?? created) >= created
  );
}
