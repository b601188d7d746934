import * as z from 'zod';
import type { Stack } from '../../template/stack.ts';
import { AwsError } from '../aws-error.ts';
import type { Engine, EngineAnswer } from './engine.ts';
import type { TableStreams } from './table-streams.ts';

const settingsSchema = z.object({
  DeletionProtectionEnabled: z.boolean().default(false),
  PointInTimeRecoverySpecification: z.object({ PointInTimeRecoveryEnabled: z.boolean() }).optional(),
});

const specificationSchema = z.object({
  TableName: z.string(),
  DeletionProtectionEnabled: z.boolean().optional(),
  StreamSpecification: z.object({ StreamEnabled: z.boolean() }).optional(),
  PointInTimeRecoverySpecification: z.object({ PointInTimeRecoveryEnabled: z.boolean() }).optional(),
});
const restoreSchema = z.object({ TargetTableName: z.string(), BackupArn: z.string() });
const listSchema = z.object({ TableName: z.string().optional() });

/** The part of a table's description from which it can be created again. */
const descriptionSchema = z.object({
  Table: z.object({
    AttributeDefinitions: z.array(z.unknown()),
    KeySchema: z.array(z.unknown()),
    GlobalSecondaryIndexes: z
      .array(z.object({ IndexName: z.string(), KeySchema: z.unknown(), Projection: z.unknown() }))
      .optional(),
  }),
});
const scanSchema = z.object({
  Items: z.array(z.unknown()),
  LastEvaluatedKey: z.unknown().optional(),
});

interface Protection {
  readonly arn: string;
  isProtected: boolean;
  hasRecovery: boolean;
}

/** DynamoDB keeps this for 35 days after a table with point-in-time recovery is deleted. */
interface SystemBackup {
  readonly arn: string;
  readonly table: string;
  readonly tableArn: string;
  readonly definition: object;
  readonly items: readonly unknown[];
}

/** The limit of `BatchWriteItem`. */
const BATCH = 25;

/**
 * Deletes and restores tables as DynamoDB does. A restored table keeps its items, keys and indexes, but loses protection, recovery and
 * stream: DynamoDB guide, "Restoring a table from a backup".
 */
export class TableProtection {
  readonly #engine: Engine;
  readonly #streams: TableStreams;
  readonly #tables: Map<string, Protection>;
  readonly #backups: SystemBackup[] = [];

  constructor(stack: Stack, engine: Engine, streams: TableStreams) {
    this.#engine = engine;
    this.#streams = streams;
    const tables = stack.resourcesOf('AWS::DynamoDB::Table').map(({ ref, properties, attributes: { Arn = '' } }) => {
      const { DeletionProtectionEnabled, PointInTimeRecoverySpecification } = settingsSchema.parse(properties);
      const hasRecovery = PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled ?? false;
      return [ref, { arn: Arn, isProtected: DeletionProtectionEnabled, hasRecovery }] as const;
    });
    this.#tables = new Map(tables);
  }

  /** `undefined`: the engine handles the action by itself. */
  carryOut(action: string, input: unknown): Promise<EngineAnswer> | undefined {
    switch (action) {
      case 'DeleteTable':
        return this.#delete(specificationSchema.parse(input).TableName);
      case 'UpdateTable':
      case 'UpdateContinuousBackups':
        return this.#update(specificationSchema.parse(input));
      case 'ListBackups':
        return this.#list(listSchema.parse(input));
      case 'RestoreTableFromBackup':
        return this.#restore(restoreSchema.parse(input));
      default:
        return undefined;
    }
  }

  async #delete(table: string): Promise<EngineAnswer> {
    const { arn = '', isProtected = false, hasRecovery = false } = this.#tables.get(table) ?? {};
    if (isProtected) {
      const text =
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.';
      throw new AwsError('ValidationException', text);
    }
    if (hasRecovery) this.#backups.push(await this.#backUp(table, arn));
    const answer = await this.#engine.send('DeleteTable', JSON.stringify({ TableName: table }));
    if (answer.status === 200) {
      this.#tables.delete(table);
      this.#streams.end(table);
    }
    return answer;
  }

  async #backUp(table: string, tableArn: string): Promise<SystemBackup> {
    const { Table } = descriptionSchema.parse(await this.#ask('DescribeTable', { TableName: table }));
    const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } = Table;
    const indexes = GlobalSecondaryIndexes?.map((index) => ({
      IndexName: index.IndexName,
      KeySchema: index.KeySchema,
      Projection: index.Projection,
    }));
    const items: unknown[] = [];
    let start: unknown;
    do {
      const page = scanSchema.parse(await this.#ask('Scan', { TableName: table, ExclusiveStartKey: start }));
      items.push(...page.Items);
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return {
      arn: `${tableArn}/backup/${String(Date.now()).padStart(14, '0')}-${String(this.#backups.length).padStart(8, '0')}`,
      table,
      tableArn,
      definition: { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes: indexes },
      items,
    };
  }

  async #list({ TableName }: z.output<typeof listSchema>): Promise<EngineAnswer> {
    const found = this.#backups.filter(({ table }) => TableName === undefined || table === TableName);
    const BackupSummaries = found.map(({ arn, table }) => ({
      BackupArn: arn,
      BackupName: `${table}$DeletedTableBackup`,
      BackupStatus: 'AVAILABLE',
      BackupType: 'SYSTEM',
      TableName: table,
    }));
    return answerOf({ BackupSummaries });
  }

  async #restore({ TargetTableName, BackupArn }: z.output<typeof restoreSchema>): Promise<EngineAnswer> {
    const backup = this.#backups.find(({ arn }) => arn === BackupArn);
    if (backup === undefined) throw new AwsError('BackupNotFoundException', `Backup not found: ${BackupArn}`);
    if (this.#tables.has(TargetTableName)) {
      throw new AwsError('TableAlreadyExistsException', `Table already exists: ${TargetTableName}`);
    }
    const { definition, items } = backup;
    const created = { TableName: TargetTableName, BillingMode: 'PAY_PER_REQUEST', ...definition };
    const { TableDescription } = z
      .object({ TableDescription: z.unknown() })
      .parse(await this.#ask('CreateTable', created));
    const arn = backup.tableArn.replace(/[^/]+$/, TargetTableName);
    this.#tables.set(TargetTableName, { arn, isProtected: false, hasRecovery: false });
    while (!JSON.stringify(await this.#ask('DescribeTable', { TableName: TargetTableName })).includes('"ACTIVE"'));
    for (let first = 0; first < items.length; first += BATCH) {
      const requests = items.slice(first, first + BATCH).map((Item) => ({ PutRequest: { Item } }));
      await this.#ask('BatchWriteItem', { RequestItems: { [TargetTableName]: requests } });
    }
    return answerOf({ TableDescription });
  }

  async #update(specification: z.output<typeof specificationSchema>): Promise<EngineAnswer> {
    const { TableName, DeletionProtectionEnabled, StreamSpecification, PointInTimeRecoverySpecification } =
      specification;
    const protection = this.#tables.get(TableName);
    if (protection === undefined) {
      throw new AwsError('ResourceNotFoundException', `Requested resource not found: Table: ${TableName} not found`);
    }
    protection.isProtected = DeletionProtectionEnabled ?? protection.isProtected;
    protection.hasRecovery = PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled ?? protection.hasRecovery;
    const { arn } = protection;
    const LatestStreamArn = StreamSpecification?.StreamEnabled ? this.#streams.begin(TableName, arn) : undefined;
    return answerOf({ TableDescription: { TableName, ...(LatestStreamArn !== undefined && { LatestStreamArn }) } });
  }

  async #ask(action: string, input: object): Promise<unknown> {
    const { status, body } = await this.#engine.send(action, JSON.stringify(input));
    if (status !== 200) throw new Error(`${action}: ${body}`);
    return JSON.parse(body);
  }
}

function answerOf(body: object): EngineAnswer {
  return { status: 200, body: JSON.stringify(body) };
}
