import { Arn, Stack } from 'aws-cdk-lib';
import { Connections, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { FileSystem } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { TenantConfig } from '../../tenant-config.ts';

/** Lambda mounts only below `/mnt` (CreateFunction, `LocalMountPath`). */
const FUNCTION_MOUNT_PATH = '/mnt/backups';

/** EFS's NFS port. */
const NFS_PORT = Port.tcp(2049);

/** The tenant's own file system, which TiDB's nodes write to and the functions read, through one access point. */
export class SharedFiles extends Construct {
  /** Mount point of the access point on every TiDB and TiKV node. */
  readonly path: string;
  readonly accessPointArn: string;
  readonly fileSystemArn: string;
  readonly fileSystemId: string;
  readonly accessPointId: string;
  /** Mount point in a function and in the worker. */
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

/** CDK's own class needs the file system's construct, and grants every function that mounts it the right to write. */
class AccessPointMount extends FileSystem {
  static of(config: FileSystem['config']): FileSystem {
    return new AccessPointMount(config);
  }
}
