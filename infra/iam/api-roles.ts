import type { Scope } from '../../functions/api/http/scopes.ts';

interface ApiRole {
  readonly name: string;
  readonly description: string;
  readonly scopes: readonly Scope[];
}

/** Roles for people who call the API. Each includes the one before it. */
export const API_ROLES = [
  {
    name: 'Reader',
    description: 'See clusters, strategies, backups, workflows and the configuration of the TiDB backup service',
    scopes: ['backup:read'],
  },
  {
    name: 'Operator',
    description:
      'What a reader may; start, cancel, restore and delete backups; save strategies; check clusters and the store',
    scopes: ['backup:read', 'backup:write', 'backup:restore'],
  },
  {
    name: 'Admin',
    description: 'What an operator may; register, change and remove clusters; change the configuration',
    scopes: ['backup:read', 'backup:write', 'backup:restore', 'backup:admin'],
  },
] as const satisfies readonly ApiRole[];

export type ApiRoleName = (typeof API_ROLES)[number]['name'];
