import type { TenantConfig } from '../tenant-config.ts';

/** Who may call the local tenant's API: anyone on this machine, callers that IAM allows, or callers with a token. */
export const LOCAL_AUTHORIZATIONS = ['none', 'iam', 'jwt'] as const;
export type LocalAuthorization = (typeof LOCAL_AUTHORIZATIONS)[number];

/** Issuer for local tenants with tokens. Nothing connects to this host: the local issuer stands in for it. */
export const LOCAL_JWT = {
  type: 'jwt',
  issuer: 'https://issuer.example.com',
  audience: ['tidb-backup'],
  tenantClaim: 'tenant',
} satisfies TenantConfig['authorization'];
