/** What a token may open; each route names the one that it needs. None includes another. */
export const SCOPES = {
  'backup:read': 'See clusters, strategies, backup records, workflows and the configuration',
  'backup:write': 'Save strategies; start, cancel and delete backups; check clusters and the store',
  'backup:restore': 'Restore backups into clusters, registered, new and throwaway ones',
  'backup:admin': 'Register, change and remove clusters; change the configuration',
} as const;

export type Scope = keyof typeof SCOPES;
