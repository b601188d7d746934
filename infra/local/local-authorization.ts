import type { TenantConfig } from '../tenant-config.ts';

/** Who may call the API of the local tenant: anyone on this machine, whom IAM lets in, or whom a token does. */
export const LOCAL_AUTHORIZATIONS = ['none', 'iam', 'jwt'] as const;
export type LocalAuthorization = (typeof LOCAL_AUTHORIZATIONS)[number];

/** Of a local tenant whose callers come with tokens. No such host is asked for anything: the local issuer stands in for it. */
export const LOCAL_JWT = {
  type: 'jwt',
  issuer: 'https://issuer.example.com',
  audience: ['tidb-backup'],
  tenantClaim: 'tenant',
} satisfies TenantConfig['authorization'];
