import { Aspects, CfnOutput, RemovalPolicy, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { CfnRole, ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { CopyPlace } from '../../functions/domain/storage/storage-class.ts';
import { ConsoleSite } from '../constructs/api/console-site.ts';
import { ServiceApi } from '../constructs/api/service-api.ts';
import { BackupManifests } from '../constructs/data/backup-manifests.ts';
import { BackupStorage } from '../constructs/data/backup-storage.ts';
import { DataKey } from '../constructs/data/data-key.ts';
import { DatabaseNodes } from '../constructs/data/database-nodes.ts';
import { SharedFiles } from '../constructs/data/shared-files.ts';
import { Tables } from '../constructs/data/tables.ts';
import type { Deployment } from '../constructs/function/deployment.ts';
import type { FunctionCode } from '../constructs/function/function-code.ts';
import { NodeNetwork } from '../constructs/function/node-network.ts';
import { ServiceFunction } from '../constructs/function/service-function.ts';
import { Alarms } from '../constructs/monitoring/alarms.ts';
import { Dashboard } from '../constructs/monitoring/dashboard.ts';
import { DeadLetters } from '../constructs/monitoring/dead-letters.ts';
import { StatusEvents } from '../constructs/monitoring/status-events.ts';
import { AutoBackup } from '../constructs/sweeps/auto-backup.ts';
import { BackupAges } from '../constructs/sweeps/backup-ages.ts';
import { Copies } from '../constructs/sweeps/copies.ts';
import { Drills } from '../constructs/sweeps/drills.ts';
import { OrphanedFiles } from '../constructs/sweeps/orphaned-files.ts';
import { Recount } from '../constructs/sweeps/recount.ts';
import { Repair } from '../constructs/sweeps/repair.ts';
import { Retention } from '../constructs/sweeps/retention.ts';
import { Worker } from '../constructs/worker/worker.ts';
import type { WorkerImage } from '../constructs/worker/worker-image.ts';
import { BackupClusterWorkflow } from '../constructs/workflows/backup-cluster-workflow.ts';
import { Checks } from '../constructs/workflows/checks.ts';
import { DeleteBackupWorkflow } from '../constructs/workflows/delete-backup-workflow.ts';
import { ExecutorChoice, type SqlDeployment } from '../constructs/workflows/executor-choice.ts';
import { ImportBackupsWorkflow } from '../constructs/workflows/import-backups-workflow.ts';
import { RestoreDrillWorkflow } from '../constructs/workflows/restore-drill-workflow.ts';
import { RestoreExistClusterWorkflow } from '../constructs/workflows/restore-exist-cluster-workflow.ts';
import { RestoreNewClusterWorkflow } from '../constructs/workflows/restore-new-cluster-workflow.ts';
import { type StateMachines, stateMachineVariables } from '../constructs/workflows/state-machines.ts';
import { UndeleteBackupWorkflow } from '../constructs/workflows/undelete-backup-workflow.ts';
import { ownSecrets } from '../iam/secrets.ts';
import type { SecondCopy, TenantConfig } from '../tenant-config.ts';

interface BackupServiceStackProps extends StackProps {
  readonly tenant: string;
  readonly config: TenantConfig;
  readonly code: FunctionCode;
  readonly image: WorkerImage;
}

/** Everything of one tenant. */
export class BackupServiceStack extends Stack {
  constructor(scope: Construct, id: string, props: BackupServiceStackProps) {
    super(scope, id, props);
    const { config } = props;
    identify(this, props);
    const secretsPrefix = `tidb-backup/${props.tenant}`;

    const { keyArn } = config;
    const key = keyArn === undefined ? new DataKey(this, 'DataKey') : Key.fromKeyArn(this, 'CustomerKey', keyArn);
    const tables = new Tables(this, 'Tables', { key });
    const sharedFiles = config.efs && new SharedFiles(this, 'SharedFiles', config.efs);
    const {
      immutableDays,
      recoverDeletedDays = 7,
      bucketName,
      storageClass,
      transition,
      secondCopy,
      importBuckets,
    } = config;
    const storage = new BackupStorage(this, 'Storage', {
      ...{ key, sharedFiles, immutableDays, recoverDeletedDays, bucketName, transition, secondCopy, importBuckets },
    });
    const importableFrom = [...(secondCopy ? [secondCopy] : []), ...importBuckets].map(({ bucketArn }) =>
      bucketNameIn(bucketArn),
    );
    const copy = secondCopy && copyPlaceOf(secondCopy);
    const storageTerms =
      bucketName === undefined
        ? { storageClass, transition, recoverDeletedDays, copy }
        : storageClass && { storageClass };
    const roles = [...config.tidbRoleArns, ...config.tikvRoleArns];
    const databaseNodes = roles.length > 0 && new DatabaseNodes(this, 'DatabaseNodes', { storage, roles });

    const deadLetters = new DeadLetters(this, 'DeadLetters', { key });
    const ownSecretArns = [ownSecrets(this, secretsPrefix)];
    const { authorization } = config;
    const nodeNetwork = config.network && new NodeNetwork(this, 'NodeNetwork', config.network);
    const deployment: Deployment = {
      settings: {
        code: props.code,
        logs: {
          retention: config.logRetentionDays,
          encryptionKey: key,
          // If the creation of the stack is rolled back, its logs are removed, too.
          removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        },
        nodeNetwork,
        sharedFiles,
        reservedConcurrency: config.reservedConcurrency,
      },
      tables,
      storage,
      deadLetters,
      secrets: { arns: [...ownSecretArns, ...config.databaseSecretArns], keyArns: config.databaseKeyArns },
      ownSecretArns,
      environment: {
        CLUSTERS_TABLE: tables.clusters.table.tableName,
        BACKUPS_TABLE: tables.backups.table.tableName,
        WORKFLOWS_TABLE: tables.workflows.table.tableName,
        COUNTERS_TABLE: tables.counters.table.tableName,
        CONFIG_TABLE: tables.config.table.tableName,
        IMPORTS_TABLE: tables.imports.table.tableName,
        ...(importableFrom.length > 0 && { IMPORT_BUCKETS: importableFrom.join(',') }),
        DEFAULT_STORAGE_PATH: storage.defaultPath,
        TENANT: props.tenant,
        ...(authorization.type === 'jwt' && {
          TENANT_CLAIM: authorization.tenantClaim,
          ...(authorization.clients && { TENANT_CLIENTS: authorization.clients.join(',') }),
          ...(authorization.scopePrefix !== undefined && { SCOPE_PREFIX: authorization.scopePrefix }),
        }),
        ...(sharedFiles && { NFS_PATH: sharedFiles.path, NFS_MOUNT: sharedFiles.functionPath }),
        ...(config.provisionerArn !== undefined && { PROVISIONER_ARN: config.provisionerArn }),
        ...(storageTerms !== undefined && { STORAGE_TERMS: JSON.stringify(storageTerms) }),
        ...(config.clusterMetrics && { CLUSTER_METRICS: 'true' }),
        ...(nodeNetwork && { HAS_WORKER: 'true', NODE_SECURITY_GROUP_IDS: nodeNetwork.securityGroupIds }),
      },
    };

    const withSql: SqlDeployment = {
      ...deployment,
      chooseExecutor: new ExecutorChoice(this, 'ExecutorChoice', deployment).choose,
      worker: nodeNetwork && new Worker(this, 'Worker', { deployment, network: nodeNetwork, image: props.image }),
    };
    const restoreNew = new RestoreNewClusterWorkflow(this, 'RestoreNewCluster', withSql);
    const backup = new BackupClusterWorkflow(this, 'BackupCluster', withSql);
    const restore = new RestoreExistClusterWorkflow(this, 'RestoreExistCluster', withSql);
    const drill = new RestoreDrillWorkflow(this, 'RestoreDrill', { deployment: withSql, restoreNew });
    const { stateMachine: deletion } = new DeleteBackupWorkflow(this, 'DeleteBackup', deployment);
    const undelete = new UndeleteBackupWorkflow(this, 'UndeleteBackup', deployment);
    const checks = new Checks(this, 'Checks', { deployment, deletion });
    const imports = new ImportBackupsWorkflow(this, 'ImportBackups', { deployment, checks });
    const stateMachines: StateMachines = {
      BackupCluster: backup.stateMachine,
      RestoreExistCluster: restore.stateMachine,
      RestoreNewCluster: restoreNew.stateMachine,
      RestoreDrill: drill.stateMachine,
      DeleteBackup: deletion,
      UndeleteBackup: undelete.stateMachine,
      ImportBackups: imports.stateMachine,
      CheckCluster: checks.cluster,
      CheckConfig: checks.config,
    };
    const repair = new Repair(this, 'Repair', {
      deployment,
      stateMachines,
      failNodes: {
        BACKUP_FAIL_FUNCTION_ARN: backup.fail,
        RESTORE_FAIL_FUNCTION_ARN: restore.fail,
        NEW_CLUSTER_FAIL_FUNCTION_ARN: restoreNew.fail,
        CHECK_FAIL_FUNCTION_ARN: checks.fail,
      },
    });
    const orphanedFiles = new OrphanedFiles(this, 'OrphanedFiles', { deployment, remove: config.removeOrphanedFiles });
    const autoBackup = new AutoBackup(this, 'AutoBackup', { deployment, backup: backup.stateMachine });
    const api = new ServiceApi(this, 'Api', {
      deployment,
      authorization,
      stateMachines,
      secretsPrefix,
      name: `tidb-backup-${props.tenant}`,
      throttle: config.apiThrottle,
    });

    const drills = new Drills(this, 'Drills', { deployment, drill: drill.stateMachine });
    const retention = new Retention(this, 'Retention', { deployment, deletion });
    const backupAges = new BackupAges(this, 'BackupAges', { deployment });
    const recount = new Recount(this, 'Recount', { deployment });
    const manifests = new BackupManifests(this, 'BackupManifests', { deployment });
    const copies = secondCopy && new Copies(this, 'Copies', { deployment, secondCopy });
    const { recordChanged } = new StatusEvents(this, 'StatusEvents', { deployment });

    // Functions that no workflow calls.
    const sweeps = [
      ...repair.functions,
      orphanedFiles.sweep,
      autoBackup.sweep,
      backupAges.sweep,
      retention.sweep,
      drills.sweep,
      recount.sweep,
      manifests.write,
      ...(copies ? [copies.sweep] : []),
    ];
    const functions = [...api.functions, ...sweeps, recordChanged];
    const nodes = this.node
      .findAll()
      .filter((each) => each instanceof ServiceFunction)
      .filter((each) => !functions.includes(each));
    const alarms = new Alarms(this, 'Alarms', {
      email: config.alarmEmail,
      deadLetters,
      api: api.gateway,
      functions,
      nodes,
      recordChanged,
      hasSecondCopy: copies !== undefined,
    });
    const { clusterMetrics } = config;
    new Dashboard(this, 'Dashboard', { alarms: alarms.all, deadLetters, functions, recordChanged, clusterMetrics });

    new CfnOutput(this, 'ApiUrl', { value: api.url });
    if (config.console && config.authorization.type === 'jwt') {
      const site = new ConsoleSite(this, 'Console', { api: api.gateway, authorization: config.authorization });
      new CfnOutput(this, 'ConsoleBucketName', { value: site.bucket.bucketName });
      new CfnOutput(this, 'ConsoleDistributionId', { value: site.distribution.distributionId });
      new CfnOutput(this, 'ConsoleUrl', { value: site.url });
    }
    // For the tenant to attach to its users and roles.
    for (const { role, arn } of api.callerPolicies?.arns ?? []) new CfnOutput(this, `${role}PolicyArn`, { value: arn });
    new CfnOutput(this, 'AlarmTopicArn', { value: alarms.topic.topicArn });
    new CfnOutput(this, 'BackupBucket', { value: storage.bucket.bucketName });
    // For another stack's `keyArn`, to read what this one left.
    new CfnOutput(this, 'KeyArn', { value: storage.key.keyArn });
    // For the tenant to attach to the roles of its TiDB servers and TiKV nodes.
    if (databaseNodes) new CfnOutput(this, 'NodesPolicyArn', { value: databaseNodes.policy.managedPolicyArn });
    if (nodeNetwork !== undefined) {
      new CfnOutput(this, 'NodeSecurityGroupIds', { value: nodeNetwork.securityGroupIds });
    }
    if (sharedFiles !== undefined) {
      // What TiDB's nodes must mount, and where.
      new CfnOutput(this, 'NfsAccessPointArn', { value: sharedFiles.accessPointArn });
      new CfnOutput(this, 'NfsPath', { value: sharedFiles.path });
    }
    for (const [variable, value] of Object.entries(stateMachineVariables(stateMachines))) {
      new CfnOutput(this, pascalCase(variable), { value });
    }
    if (config.provisionerArn !== undefined) new CfnOutput(this, 'ProvisionerArn', { value: config.provisionerArn });
  }
}

/** `BACKUP_STATE_MACHINE_ARN`: `BackupStateMachineArn` */
function pascalCase(variable: string): string {
  return variable.replaceAll(/([A-Z])([A-Z]*)_?/g, (_, first: string, rest: string) => first + rest.toLowerCase());
}

function bucketNameIn(bucketArn: string): string {
  return bucketArn.slice(bucketArn.lastIndexOf(':') + 1);
}

/** As records store it. */
function copyPlaceOf({ bucketArn, region, storageClass }: SecondCopy): CopyPlace {
  return { bucket: bucketNameIn(bucketArn), region, ...(storageClass !== undefined && { storageClass }) };
}

/** Shows the account's owner whose resources these are, and limits what their roles can become. */
function identify(stack: Stack, { tenant, config }: BackupServiceStackProps): void {
  const tags = { 'tidb-backup:tenant': tenant, ...config.tags };
  for (const [name, value] of Object.entries(tags)) Tags.of(stack).add(name, value);
  const { permissionsBoundaryArn, rolePath } = config;
  if (permissionsBoundaryArn !== undefined) {
    PermissionsBoundary.of(stack).apply(ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', permissionsBoundaryArn));
  }
  if (rolePath !== undefined) {
    Aspects.of(stack).add({
      visit(node) {
        if (node instanceof CfnRole) node.path = rolePath;
      },
    });
  }
}
