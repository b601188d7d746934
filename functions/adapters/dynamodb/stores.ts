import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createBackupStore } from './backups-store.ts';
import { createClusterHistory } from './cluster-history.ts';
import { createClusterStore } from './clusters-store.ts';
import { createConfigStore } from './config-store.ts';
import { createCounterStore } from './counters-store.ts';
import { createDeletionStore } from './deletions-store.ts';
import { createDueStore } from './due-store.ts';
import type { Table } from './dynamodb.ts';
import { createEvidenceView } from './evidence-view.ts';
import { createFormerPlaceStore } from './former-place-store.ts';
import { createImportLists } from './import-lists-store.ts';
import { createRequestStore } from './requests-store.ts';
import { createRetentionView } from './retention-view.ts';
import { createStrategyStore } from './strategies-store.ts';
import { createUnfinished } from './unfinished-store.ts';
import { createWorkflowStore } from './workflows-store.ts';

/** The tables that each store reads or writes, by the environment variables that name them. */
interface TablesOf {
  clusters: 'CLUSTERS_TABLE';
  strategies: 'CLUSTERS_TABLE';
  due: 'CLUSTERS_TABLE';
  backups: 'BACKUPS_TABLE';
  deletions: 'BACKUPS_TABLE';
  workflows: 'WORKFLOWS_TABLE';
  counters: 'COUNTERS_TABLE';
  config: 'CONFIG_TABLE';
  formerPlaces: 'CONFIG_TABLE';
  lists: 'IMPORTS_TABLE';
  requests: 'REQUESTS_TABLE';
  retention: 'BACKUPS_TABLE';
  evidence: 'CLUSTERS_TABLE' | 'BACKUPS_TABLE';
  history: 'CLUSTERS_TABLE' | 'BACKUPS_TABLE';
  unfinished: 'CLUSTERS_TABLE' | 'BACKUPS_TABLE' | 'WORKFLOWS_TABLE';
}

type Variable = TablesOf[keyof TablesOf];

/** The stores whose tables the environment names. */
type StoresOf<Environment> = Pick<
  ReturnType<typeof allStores>,
  { [Name in keyof TablesOf]: TablesOf[Name] extends keyof Environment ? Name : never }[keyof TablesOf]
>;

/** The stores of a process. By its type, the result has only those whose tables the environment names. */
export function createStores<Environment extends Readonly<Partial<Record<Variable, string>>>>(
  client: DynamoDBDocumentClient,
  environment: Environment,
): StoresOf<Environment> {
  const table = (variable: Variable) => ({
    client,
    tableName: environment[variable] ?? `no ${variable} in this environment`,
  });
  return allStores(table, environment.COUNTERS_TABLE !== undefined);
}

/** @param isCounting whether there are counters, for the totals of long lists */
function allStores(table: (variable: Variable) => Table, isCounting: boolean) {
  const [clusters, backups, workflows] = [table('CLUSTERS_TABLE'), table('BACKUPS_TABLE'), table('WORKFLOWS_TABLE')];
  const config = table('CONFIG_TABLE');
  const counters = createCounterStore(table('COUNTERS_TABLE'));
  const totals = isCounting ? counters : undefined;
  return {
    clusters: createClusterStore(clusters),
    strategies: createStrategyStore(clusters),
    due: createDueStore(clusters),
    backups: createBackupStore(backups, totals),
    deletions: createDeletionStore(backups),
    workflows: createWorkflowStore(workflows, totals),
    counters,
    config: createConfigStore(config),
    formerPlaces: createFormerPlaceStore(config),
    lists: createImportLists(table('IMPORTS_TABLE')),
    requests: createRequestStore(table('REQUESTS_TABLE')),
    retention: createRetentionView(backups),
    evidence: createEvidenceView({ clusters, backups }),
    history: createClusterHistory({ clusters, backups }),
    unfinished: createUnfinished({ clusters, backups, workflows }),
  };
}
