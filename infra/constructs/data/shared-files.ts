import { Arn, Stack } from 'aws-cdk-lib';
import { Connections, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { FileSystem } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { TenantConfig } from '../../tenant-config.ts';

/** Lambda mounts below `/mnt` alone (CreateFunction, `LocalMountPath`). */
const FUNCTION_MOUNT_PATH = '/mnt/backups';

/** NFS, as EFS speaks it. */
const NFS_PORT = Port.tcp(2049);

/** The tenant's own file system, which the nodes of TiDB write to and the functions look into, through one access point. */
export class SharedFiles extends Construct {
  /** Where every TiDB and TiKV node has the access point mounted. */
  readonly path: string;
  readonly accessPointArn: string;
  readonly fileSystemArn: string;
  readonly fileSystemId: string;
  readonly accessPointId: string;
  /** Where a function, and the worker, has it mounted. */
  readonly functionPath = FUNCTION_MOUNT_PATH;
  /** For functions in the tenant's VPC: lets their security group reach the file system. */
  readonly mount: FileSystem;

  constructor(scope: Construct, id: string, efs: NonNullable<TenantConfig['efs']>) {
    super(scope, id);
    this.path = efs.mountPath;
    this.accessPointArn = efs.accessPointArn;
    this.fileSystemId = efs.fileSystemId;
    this.accessPointId = Arn.extractResourceName(efs.accessPointArn, 'access-point');
    this.fileSystemArn = Stack.of(this).formatArn({
      service: 'elasticfilesystem',
      resource: 'file-system',
      resourceName: efs.fileSystemId,
    });
    this.mount = AccessPointMount.of({
      arn: efs.accessPointArn,
      localMountPath: FUNCTION_MOUNT_PATH,
      connections: new Connections({
        securityGroups: [SecurityGroup.fromSecurityGroupId(this, 'SecurityGroup', efs.securityGroupId)],
        defaultPort: NFS_PORT,
      }),
    });
  }
}

/** CDK's own way wants the file system's construct, and gives every function that mounts it the right to write. */
class AccessPointMount extends FileSystem {
  static of(config: FileSystem['config']): FileSystem {
    return new AccessPointMount(config);
  }
}
