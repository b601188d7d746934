import type * as z from 'zod/mini';
import type { CheckResult, Finding } from '../../domain/cluster/check.ts';
import type { backupRecordJson } from '../json/backup-record-json.ts';
import type { clusterJson } from '../json/cluster-json.ts';
import type { BackupEvidenceJson, MissedWindowJson } from '../json/evidence-json.ts';
import { ZERO_TIME } from '../json/wire-format.ts';
import type { workflowInfoJson } from '../json/workflow-json.ts';

/** Ids in examples: an idle cluster, a finished backup of it, and a running one. */
export const CLUSTER_ID = 'orders';
export const BACKUP_ID = '6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11';
export const RUNNING_BACKUP_ID = '0b9d4c1e-7f0a-4d3b-8c55-2a6f1e9d7c43';
/** A restore of the backup. */
export const RESTORE_ID = 'c3a8e7d0-51b2-4f96-b0de-94d1a7c86e25';
/** A drill of the backup. */
export const DRILL_ID = '8a4d2f61-0c3b-4e95-a1f7-5b6c9d0e2a38';
/** An undelete of the backup. */
export const UNDELETE_ID = '0e6f4b92-7d15-4c3a-9b28-5a1c8e7f6d40';
/** A check of the cluster, or of the configuration. */
export const CHECK_ID = '5d7b9e13-6a4c-4f28-8e0d-1c3f5a7b9d2e';
/** An import. */
export const IMPORT_ID = '8c0d1e2f-7b3a-4d95-a6c1-4e2f0b9d8a37';
/** The cluster that a restore into a new one creates. */
export const NEW_CLUSTER_ID = '2d5f80c4-9a1e-4f37-8b6c-7e0d3a914b52';

const CREATED = '2026-03-01T07:00:00.000Z';
const ENDED = '2026-03-01T07:12:34.567Z';

export const CLUSTER_SETTINGS = {
  clusterName: 'Orders',
  endpoints: ['tidb-0.example.com:4000', 'tidb-1.example.com:4000'],
  tls: 'verify',
  timezone: 'Europe/Berlin',
};

/** The user's own secret with the authorities that sign the certificates of its TiDB servers. */
export const CA_SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:tidb/ca-AbCdEf';

export const CLUSTER: z.infer<typeof clusterJson> = {
  clusterId: CLUSTER_ID,
  ...CLUSTER_SETTINGS,
  tls: 'verify',
  certificates: { ca: { secretArn: CA_SECRET } },
  account: { user: 'backup' },
  status: 'Running',
  tidb: { clusterId: '7382117346512345678', since: CREATED },
  maintenanceStatus: '',
  createTime: CREATED,
  updateTime: CREATED,
};

const CHECKED = { workFlowId: CHECK_ID, startTime: CREATED, endTime: '2026-03-01T07:00:02.345Z' };

const STORE_FINDINGS: Finding[] = [
  { check: 'storePath', status: 'passed', message: 'backups go to s3://example-backups/tidb' },
  { check: 'storeReach', status: 'passed', message: 'the service can list it' },
];

export const CLUSTER_CHECK: CheckResult = {
  ...CHECKED,
  status: 'warning',
  findings: [
    {
      check: 'endpoint',
      subject: 'tidb-0.example.com:4000',
      status: 'passed',
      message: 'tidb-0:4000 answers and accepts the account',
    },
    {
      check: 'privilege',
      subject: 'SELECT',
      status: 'warning',
      message: 'not granted: tables cannot be read for checksums, which drills compare',
      remedy: 'GRANT SELECT ON *.* TO the account.',
    },
    ...STORE_FINDINGS,
  ],
};

export const CONFIG_CHECK: CheckResult = { ...CHECKED, status: 'passed', findings: STORE_FINDINGS };

export const BACKUP_RECORD: z.infer<typeof backupRecordJson> = {
  id: BACKUP_ID,
  clusterId: CLUSTER_ID,
  backupType: 'full',
  backupMethod: 'physical',
  backupMode: 'manual',
  filePath: `s3://example-backups/tidb/${CLUSTER_ID}/${BACKUP_ID}/attempt-1`,
  size: 1536.5,
  backupTso: '464680329216000001',
  status: 'Finished',
  startTime: '2026-03-01T07:00:01.234Z',
  endTime: ENDED,
  createTime: CREATED,
  updateTime: ENDED,
  deleteTime: ZERO_TIME,
  sizeBytes: '1611137024',
  progress: 100,
  workFlowId: BACKUP_ID,
  storageType: 's3',
  executor: 'lambda',
  tidbClusterId: '7382117346512345678',
  files: 38,
};

export const WORKFLOW: z.infer<typeof workflowInfoJson> = {
  id: BACKUP_ID,
  name: 'BackupCluster',
  bizId: CLUSTER_ID,
  bizType: 'cluster',
  status: 'Finished',
  createTime: CREATED,
  updateTime: ENDED,
  deleteTime: ZERO_TIME,
};

export const BACKUP_EVIDENCE: BackupEvidenceJson = {
  backupId: BACKUP_ID,
  clusterId: CLUSTER_ID,
  status: 'Finished',
  backupType: 'full',
  backupMode: 'manual',
  createTime: CREATED,
  startTime: BACKUP_RECORD.startTime,
  endTime: ENDED,
  backupTso: BACKUP_RECORD.backupTso,
  chain: [{ backupId: BACKUP_ID, backupTso: BACKUP_RECORD.backupTso }],
  sizeBytes: BACKUP_RECORD.sizeBytes,
  files: 38,
  location: BACKUP_RECORD.filePath,
  lockedUntil: '2026-03-31T07:12:34.000Z',
  tidbVersion: 'v8.5.0',
  tidbClusterId: '7382117346512345678',
  checksums: { tables: 12, comparison: 'rows' },
  verifiedAt: '2026-03-02T03:20:00.000Z',
  recoverySeconds: 312,
  drill: {
    workFlowId: DRILL_ID,
    time: '2026-03-02T03:20:00.000Z',
    result: 'passed',
    tables: 12,
    comparison: 'rows',
    rows: '118000',
    mismatches: [],
    assertions: [{ assertion: 'SELECT COUNT(*) > 0 FROM shop.orders', passed: true }],
  },
};

export const MISSED_WINDOW: MissedWindowJson = {
  start: '2026-03-05T21:00:00.000Z',
  end: '2026-03-06T01:00:00.000Z',
  reason: 'Restore c3a8e7d0-51b2-4f96-b0de-94d1a7c86e25 held the cluster',
};
