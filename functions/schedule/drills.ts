import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createWorkflowExecutions } from '../adapters/workflow-executions.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { readEnvironment } from '../environment.ts';
import { log } from '../log.ts';
import { startDueDrills } from '../operations/start-due-drills.ts';
import { scheduledEvent } from './scheduled-event.ts';

const environment = readEnvironment('drills');
const client = createDocumentClient();
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  executions: createWorkflowExecutions({ RestoreDrill: environment.DRILL_STATE_MACHINE_ARN }),
  hasProvisioner: environment.PROVISIONER_ARN !== undefined,
};

export async function handler(event: unknown): Promise<void> {
  const { time } = scheduledEvent.parse(event);
  const sweep = await startDueDrills(Date.parse(time), deps);
  log.info({ message: 'drills swept', time, ...sweep });
}
