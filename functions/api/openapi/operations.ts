import type { Operation } from '../../domain/events/metrics.ts';

/** The groups of operations. */
export const TAGS = {
  backups: 'Taking, listing, canceling and deleting backups',
  clusters: 'The TiDB clusters that backups are taken of',
  config: 'Where backups go, and how much of a cluster they may use',
  description: 'The API, described by itself',
  restores: 'Restores into registered, new and throwaway clusters',
  strategies: 'Automatic backups, and which of them stay',
  workflows: 'Running and past operations',
} as const;

interface Names {
  /** Method name in generated clients. */
  readonly operationId: string;
  readonly tag: keyof typeof TAGS;
}

export const OPERATION_NAMES: Readonly<Record<Operation, Names>> = {
  'backup/create': { operationId: 'startBackup', tag: 'backups' },
  'backup/cancel': { operationId: 'cancelBackup', tag: 'backups' },
  'backup/query': { operationId: 'listBackups', tag: 'backups' },
  'backup/delete': { operationId: 'deleteBackup', tag: 'backups' },
  'backup/delete_many': { operationId: 'deleteBackups', tag: 'backups' },
  'backup/query_strategy': { operationId: 'getStrategy', tag: 'strategies' },
  'backup/modify_strategy': { operationId: 'saveStrategy', tag: 'strategies' },
  'backup/delete_strategy': { operationId: 'deleteStrategy', tag: 'strategies' },
  'backup/preview_retention': { operationId: 'previewRetention', tag: 'strategies' },
  'backup/restore': { operationId: 'restoreIntoCluster', tag: 'restores' },
  'backup/restore_new': { operationId: 'restoreIntoNewCluster', tag: 'restores' },
  'backup/drill': { operationId: 'drillBackup', tag: 'restores' },
  'backup/undelete': { operationId: 'undeleteBackup', tag: 'backups' },
  'backup/evidence': { operationId: 'getBackupEvidence', tag: 'backups' },
  'backup/import': { operationId: 'importBackups', tag: 'backups' },
  'cluster/create': { operationId: 'registerCluster', tag: 'clusters' },
  'cluster/query': { operationId: 'listClusters', tag: 'clusters' },
  'cluster/detail': { operationId: 'getCluster', tag: 'clusters' },
  'cluster/modify': { operationId: 'updateCluster', tag: 'clusters' },
  'cluster/delete': { operationId: 'removeCluster', tag: 'clusters' },
  'cluster/check': { operationId: 'checkCluster', tag: 'clusters' },
  'cluster/evidence': { operationId: 'getClusterEvidence', tag: 'clusters' },
  'cluster/overview': { operationId: 'getOverview', tag: 'clusters' },
  'cluster/history': { operationId: 'getClusterHistory', tag: 'clusters' },
  'workflow/query': { operationId: 'listWorkflows', tag: 'workflows' },
  'workflow/detail': { operationId: 'getWorkflow', tag: 'workflows' },
  'workflow/import': { operationId: 'getImport', tag: 'workflows' },
  'config/query_all': { operationId: 'listConfig', tag: 'config' },
  'config/query': { operationId: 'getConfig', tag: 'config' },
  'config/modify': { operationId: 'updateConfig', tag: 'config' },
  'config/check': { operationId: 'checkConfig', tag: 'config' },
  'openapi/query': { operationId: 'getOpenApiDocument', tag: 'description' },
};

/** For parameters whose schema has no description. */
export const PARAMETER_DESCRIPTIONS: Readonly<Record<string, string>> = {
  clusterId: 'The cluster, by the id that it is registered with',
  backupId: 'The backup, by the id of its record',
  workFlowId: 'The workflow; a backup has the same id as its workflow',
  backupMode: 'Only manual, or only automatic, backups',
  startTime: 'Created at or after this time, in Unix seconds; 0 for no limit',
  endTime: 'Created at or before this time, in Unix seconds; 0 for no limit',
  pageSize: 'Maximum number of items on a page; defaults to 10',
  bizId: 'Only workflows about that cluster or backup',
  flowName: 'Only workflows of that kind',
  status: 'Only workflows in that state',
  configKey: 'The key',
  deleteBackups: 'Which of its backups to delete with the cluster; by default none',
};
