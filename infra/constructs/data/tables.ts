import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import {
  indexesOf,
  listIndexes,
  TABLES,
  type TableDefinition,
  type TableName,
} from '../../../functions/adapters/dynamodb/tables.ts';

export interface ServedTable {
  readonly table: Table;
  /** The indexes behind lists. */
  readonly listIndexNames: readonly string[];
}

interface TablesProps {
  readonly key: IKey;
}

/** One table per entry of {@link TABLES}, which defines keys and indexes. */
export class Tables extends Construct {
  readonly clusters: ServedTable;
  readonly backups: ServedTable;
  readonly workflows: ServedTable;
  readonly counters: ServedTable;
  readonly config: ServedTable;
  readonly requests: ServedTable;
  readonly imports: ServedTable;

  constructor(scope: Construct, id: string, { key }: TablesProps) {
    super(scope, id);
    this.clusters = this.serve('clusters', key);
    this.backups = this.serve('backups', key);
    this.workflows = this.serve('workflows', key);
    this.counters = this.serve('counters', key);
    this.config = this.serve('config', key);
    this.requests = this.serve('requests', key);
    this.imports = this.serve('imports', key);
  }

  private serve(name: TableName, key: IKey): ServedTable {
    const definition: TableDefinition = TABLES[name];
    const table = new Table(this, name.charAt(0).toUpperCase() + name.slice(1), {
      partitionKey: text(definition.partitionKey),
      ...(definition.sortKey !== undefined && { sortKey: text(definition.sortKey) }),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      ...(definition.streamed && { stream: StreamViewType.NEW_AND_OLD_IMAGES }),
      ...(definition.timeToLive !== undefined && { timeToLiveAttribute: definition.timeToLive }),
    });
    for (const index of indexesOf(definition)) {
      table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: text(index.partitionKey),
        sortKey: text(index.sortKey),
        ...(index.include === undefined
          ? { projectionType: ProjectionType.KEYS_ONLY }
          : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...index.include] }),
      });
    }
    return { table, listIndexNames: listIndexes(definition).map((index) => index.name) };
  }
}

const text = (name: string) => ({ name, type: AttributeType.STRING });
