import { Construct } from 'constructs';
import { FINISHED_INDEX } from '../../../functions/adapters/dynamodb/tables.ts';
import { readSecrets } from '../../iam/secrets.ts';
import { queryIndexes, tableItems } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import type { Worker } from '../worker/worker.ts';

/** What the workflows are given that send BACKUP or RESTORE. */
export interface SqlDeployment extends Deployment {
  readonly chooseExecutor: ServiceFunction<'chooseExecutor'>;
  /** Absent: the tenant has no network for it, and what takes longer than a function lives fails. */
  readonly worker?: Worker | undefined;
}

/** The node with which every workflow begins that sends BACKUP or RESTORE. */
export class ExecutorChoice extends Construct {
  readonly choose: ServiceFunction<'chooseExecutor'>;

  constructor(scope: Construct, id: string, { settings, environment, tables, secrets }: Deployment) {
    super(scope, id);
    this.choose = new ServiceFunction(this, { name: 'chooseExecutor', settings, environment });
    this.choose.grant(
      tableItems(tables.clusters, 'read'),
      tableItems(tables.backups, 'read', 'update'),
      queryIndexes(tables.backups, FINISHED_INDEX.name),
      tableItems(tables.config, 'read'),
      // The account, to ask TiDB how much it holds.
      ...readSecrets(this, secrets),
    );
  }
}
