import { createBackupStore } from '../adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../adapters/dynamodb/clusters-store.ts';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createWorkflowStore } from '../adapters/dynamodb/workflows-store.ts';
import { createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { readEnvironment } from '../environment.ts';
import { log } from '../log.ts';
import { startDueDrills } from '../operations/drill/start-due-drills.ts';
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
