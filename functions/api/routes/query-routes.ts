import { getBackups } from './backups.ts';
import { getCluster, listClusters } from './clusters.ts';
import { getAllConfig, getConfig } from './config.ts';
import { getBackupEvidence, getClusterEvidence } from './evidence.ts';
import { getImport } from './imports.ts';
import { getOpenApi } from './openapi.ts';
import { getClusterHistory, getOverview } from './overview.ts';
import { getRetentionPreview } from './retention.ts';
import { getStrategy } from './strategies.ts';
import { getWorkflow, getWorkflows } from './workflows.ts';

/** Read-only routes. The function's role cannot write. */
export const QUERY_ROUTES = {
  'GET /clusters': listClusters,
  'GET /clusters/{clusterId}': getCluster,
  'GET /clusters/{clusterId}/strategy': getStrategy,
  'GET /clusters/{clusterId}/retention/preview': getRetentionPreview,
  'GET /clusters/{clusterId}/evidence': getClusterEvidence,
  'GET /clusters/{clusterId}/history': getClusterHistory,
  'GET /overview': getOverview,
  'GET /backups': getBackups,
  'GET /backups/{backupId}/evidence': getBackupEvidence,
  'GET /workflow': getWorkflows,
  'GET /workflow/{workFlowId}': getWorkflow,
  'GET /workflow/{workFlowId}/import': getImport,
  'GET /config': getConfig,
  'GET /config/all': getAllConfig,
  'GET /openapi.json': getOpenApi,
};
