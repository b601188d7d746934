import { getBackups } from './routes/backups.ts';
import { getCluster, listClusters } from './routes/clusters.ts';
import { getConfig } from './routes/config.ts';
import { getOpenApi } from './routes/openapi.ts';
import { getRetentionPreview } from './routes/retention.ts';
import { getStrategy } from './routes/strategies.ts';
import { getWorkflow, getWorkflows } from './routes/workflows.ts';

/** What reads. The function's role cannot write. */
export const QUERY_ROUTES = {
  'GET /clusters': listClusters,
  'GET /clusters/{clusterId}': getCluster,
  'GET /clusters/{clusterId}/strategy': getStrategy,
  'GET /clusters/{clusterId}/retention/preview': getRetentionPreview,
  'GET /backups': getBackups,
  'GET /workflow': getWorkflows,
  'GET /workflow/{workFlowId}': getWorkflow,
  'GET /config': getConfig,
  'GET /openapi.json': getOpenApi,
};
