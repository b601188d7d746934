import type { Context } from 'aws-lambda';
import { createBackupFiles } from '../adapters/backup-files.ts';
import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createConfigStore } from '../adapters/config-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createSecretReader } from '../adapters/secret-reader.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTidbGateway } from '../adapters/tidb/gateway.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { newClusterInput, workflowOf } from '../domain/workflow.ts';
import { readEnvironment } from '../environment.ts';
import { stopDeadline } from './deadline.ts';
import { nodeHandler } from './node-handler.ts';
import { restoreFromSrcCluster } from './nodes/restore-from-src-cluster.ts';

const environment = readEnvironment('restoreNewCluster');
const client = createDocumentClient();
const secrets = createSecretReader();
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  config: createConfigStore({ client, tableName: environment.CONFIG_TABLE }),
  tidb: createTidbGateway(secrets),
  files: createBackupFiles(secrets, environment),
  clock: systemClock,
};

/** The workflow holds the cluster itself, from before this node to after it: the restore neither takes nor frees it. */
export const handler = nodeHandler('restoreNewCluster', newClusterInput, (told, context: Context) => {
  const input = { ...told, maintenanceStatusChange: false };
  const workflow = workflowOf(told);
  return restoreFromSrcCluster(input, workflow.flowName, {
    ...deps,
    // A drill is about the cluster of the backup, and not the one that it restores into.
    workflows: { setStatus: (_, status, at) => deps.workflows.setStatus(workflow, status, at) },
    deadline: stopDeadline(context, systemClock.now()),
  });
});
