import { Construct } from 'constructs';
import { FINISHED_INDEX } from '../../../functions/adapters/dynamodb/tables.ts';
import { readSecrets } from '../../iam/secrets.ts';
import { queryIndexes, tableItems } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import type { Worker } from '../worker/worker.ts';

/** Needed by workflows that send BACKUP or RESTORE. */
export interface SqlDeployment extends Deployment {
  readonly chooseExecutor: ServiceFunction<'chooseExecutor'>;
  /** Unset if the tenant has no network for it; then what takes longer than a function can run fails. */
  readonly worker?: Worker | undefined;
}

/** The first node of every workflow that sends BACKUP or RESTORE. */
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
      // The account, to ask TiDB for its size.
      ...readSecrets(this, secrets),
    );
  }
}
