/** The role of the TiKV nodes of all sandboxes. `infra/tenants/local.json` names it, so that the stack lets it copy files. */
export const TIKV_ROLE = 'tikv-of-sandboxes';

const PREFIX = 'TIKV-OF-SANDBOX-';

/** The keys of one sandbox's TiKV nodes, for statements without keys. */
export function tikvAccessKeyId(sandbox: string): string {
  return `${PREFIX}${sandbox}`;
}

export function isTikv(accessKeyId: string): boolean {
  return accessKeyId.startsWith(PREFIX);
}
