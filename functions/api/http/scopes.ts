/** The scopes of tokens; each route names the one that it needs. No scope includes another. */
export const SCOPES = {
  'backup:read': 'See clusters, strategies, backup records, workflows and the configuration',
  'backup:write': 'Save strategies; start, cancel and delete backups; check clusters and the store',
  'backup:restore': 'Restore backups into registered, new and throwaway clusters',
  'backup:admin': 'Register, change and remove clusters; change the configuration',
} as const;

export type Scope = keyof typeof SCOPES;
