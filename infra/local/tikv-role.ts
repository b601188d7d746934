/** The role that the TiKV nodes of all sandboxes run as: `infra/tenants/local.json` names it, so that the stack lets it copy files. */
export const TIKV_ROLE = 'tikv-of-sandboxes';

const PREFIX = 'TIKV-OF-SANDBOX-';

/** What the TiKV nodes of one sandbox sign with, where a statement gives them no keys. */
export function tikvAccessKeyId(sandbox: string): string {
  return `${PREFIX}${sandbox}`;
}

export function isTikv(accessKeyId: string): boolean {
  return accessKeyId.startsWith(PREFIX);
}
