/** The page in the fragment of the address. */
export type Place =
  | { page: 'overview' }
  | { page: 'cluster'; clusterId: string; tab: string }
  | { page: 'backup'; backupId: string }
  | { page: 'restore'; backupId: string }
  | { page: 'activity' }
  | { page: 'workflow'; workFlowId: string }
  | { page: 'settings' }
  | { page: 'unknown' };

export function placeOf(hash: string): Place {
  const [first = '', second, third] = hash.replace(/^#\/?/, '').split('/').map(decoded);
  if (first === '') return { page: 'overview' };
  if (first === 'clusters' && second) return { page: 'cluster', clusterId: second, tab: third || 'timeline' };
  if (first === 'backups' && second && third === 'restore') return { page: 'restore', backupId: second };
  if (first === 'backups' && second) return { page: 'backup', backupId: second };
  if (first === 'workflows' && second) return { page: 'workflow', workFlowId: second };
  if (first === 'activity') return { page: 'activity' };
  return first === 'settings' ? { page: 'settings' } : { page: 'unknown' };
}

/** `link('clusters', id)`: ids are escaped. */
export function link(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
