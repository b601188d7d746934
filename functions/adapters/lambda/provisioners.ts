import { adoptingProvisioner } from '../../domain/provisioning/adopting-provisioner.ts';
import type { ProvisionerKind } from '../../domain/provisioning/made-cluster.ts';
import type { Provisioner } from '../../domain/provisioning/provisioner.ts';
import { createLambdaProvisioner } from './lambda-provisioner.ts';

/**
 * All provisioners.
 * @param functionArn of the tenant's own provisioner; `undefined` if there is none
 */
export function createProvisioners(functionArn: string | undefined): Readonly<Record<ProvisionerKind, Provisioner>> {
  return { adopt: adoptingProvisioner, lambda: createLambdaProvisioner(functionArn) };
}
