/** What each role's policy or token scope allows, by refused route. */
const SCOPES = {
  'backup:read': ['GET '],
  'backup:restore': ['POST /clusters/{clusterId}/restore', 'POST /clusters/restore', 'POST /backups/{backupId}/drill'],
  'backup:admin': [
    ...['POST /clusters', 'PUT /clusters/{clusterId}', 'DELETE /clusters/{clusterId}', 'POST /config/update'],
    'POST /backups/import',
  ],
} as const;

const POLICIES = {
  'backup:read': 'ReaderPolicyArn',
  'backup:write': 'OperatorPolicyArn',
  'backup:restore': 'OperatorPolicyArn',
  'backup:admin': 'AdminPolicyArn',
} as const;

export type ScopeName = keyof typeof POLICIES;

export function scopeOf(route: string): ScopeName {
  if (route.startsWith(SCOPES['backup:read'][0])) return 'backup:read';
  if (SCOPES['backup:restore'].some((each) => each === route)) return 'backup:restore';
  return SCOPES['backup:admin'].some((each) => each === route) ? 'backup:admin' : 'backup:write';
}

/** The stack's output with the policy that allows a route. */
export function policyFor(route: string): string {
  return POLICIES[scopeOf(route)];
}
