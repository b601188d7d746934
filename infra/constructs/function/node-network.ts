import { Annotations } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SecurityGroup, Subnet, type SubnetSelection, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { TenantConfig } from '../../tenant-config.ts';

/** The tenant's subnets from which TiDB is reached, and the security groups of what runs there: the tenant's, or one of the stack's. */
export class NodeNetwork extends Construct {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection;
  readonly subnetIds: readonly string[];
  readonly securityGroups: ISecurityGroup[];

  constructor(scope: Construct, id: string, network: NonNullable<TenantConfig['network']>) {
    super(scope, id);
    const { vpcId, subnetIds, securityGroupIds } = network;
    // By its attributes, because a look-up would need credentials. Lambda needs only subnets; the zone is given because
    // the import divides by their number.
    this.vpc = Vpc.fromVpcAttributes(this, 'Vpc', { vpcId, availabilityZones: ['unused'] });
    this.subnetIds = subnetIds;
    this.vpcSubnets = { subnets: subnetIds.map((subnetId) => Subnet.fromSubnetId(this, subnetId, subnetId)) };
    // Nothing here needs the subnets' route tables, which CDK warns about.
    Annotations.of(this).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId');
    this.securityGroups =
      securityGroupIds === undefined
        ? [this.createSecurityGroup()]
        : securityGroupIds.map((groupId) =>
            SecurityGroup.fromSecurityGroupId(this, groupId, groupId, { mutable: false }),
          );
  }

  /** Comma-separated security groups that TiDB's own must let in. */
  get securityGroupIds(): string {
    return this.securityGroups.map(({ securityGroupId }) => securityGroupId).join(',');
  }

  /** It lets nothing in. */
  private createSecurityGroup(): SecurityGroup {
    const group = new SecurityGroup(this, 'SecurityGroup', {
      vpc: this.vpc,
      description: 'TiDB backup workflow nodes',
      // Outbound to anywhere: clusters are registered at run time with addresses and ports that no template can know.
      allowAllOutbound: true,
    });
    // Mounting a file system adds a rule for its port, which the rule for everything covers.
    Annotations.of(group).acknowledgeWarning('@aws-cdk/aws-ec2:ipv4IgnoreEgressRule');
    return group;
  }
}
