import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { FINISHED_INDEX, RETAINED_INDEX } from '../../../functions/adapters/dynamodb/tables.ts';
import { readManifests } from '../../iam/backup-files.ts';
import { readSecrets } from '../../iam/secrets.ts';
import { manyItems, queryIndexes, tableItems } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import type { Checks } from './checks.ts';
import { Workflow } from './workflow.ts';

interface ImportBackupsWorkflowProps {
  readonly deployment: Deployment;
  /** Its node `fail` also ends an import, which holds nothing. */
  readonly checks: Pick<Checks, 'fail'>;
}

/** Creates the records of backups that have none: its node, its rights, and its state machine. */
export class ImportBackupsWorkflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { deployment, checks }: ImportBackupsWorkflowProps) {
    super(scope, id);
    const { settings, environment, tables, storage, ownSecretArns } = deployment;

    const importBackups = new ServiceFunction(this, { name: 'importBackups', settings, environment });
    importBackups.grant(
      // `create` for a missing record; `update` for the hold of an incremental backup on its base.
      tableItems(tables.backups, 'read', 'create', 'update'),
      manyItems(tables.backups),
      queryIndexes(tables.backups, RETAINED_INDEX.name, FINISHED_INDEX.name),
      tableItems(tables.workflows, 'read', 'update'),
      tableItems(tables.imports, 'read', 'create'),
      tableItems(tables.config, 'read'),
      // The keys of a store that needs some.
      ...readSecrets(this, { arns: ownSecretArns, keyArns: [] }),
      ...readManifests(storage),
    );

    this.stateMachine = new Workflow(this, 'Workflow', {
      definitionFile: 'import-backups.asl.json',
      nodes: [importBackups, checks.fail],
      logs: settings.logs,
    }).stateMachine;
  }
}
