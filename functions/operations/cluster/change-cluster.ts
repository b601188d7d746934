import type { Cluster, TlsMode } from '../../domain/cluster/cluster.ts';
import type { ClusterReplacement, GivenAccount } from '../../domain/cluster/cluster-registration.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import { clusterNotFound } from '../shared/lock-cluster.ts';
import { refuseExecutorWithoutWorker } from '../shared/refuse-executor.ts';
import {
  type SaveBackupStrategyDeps,
  saveBackupStrategy,
  type WantedStrategy,
} from '../strategy/save-backup-strategy.ts';
import { keepAccount } from './keep-account.ts';
import { keepCertificates, refuseCertificates } from './keep-certificates.ts';
import { dropSecrets, type KeepSecretsDeps, refuseOwnSecret } from './keep-secrets.ts';

export interface ChangeClusterDeps extends KeepSecretsDeps, SaveBackupStrategyDeps {
  clusters: Pick<ClusterStore, 'get' | 'change'>;
  hasWorker: boolean;
  clock: Pick<Clock, 'now'>;
}

/**
 * Replaces the registration of a cluster. A running operation keeps what it has read.
 * @returns notes on side effects of the change
 * @throws ServiceError 10001, 10003
 */
export async function changeCluster(
  clusterId: string,
  replacement: ClusterReplacement,
  deps: ChangeClusterDeps,
): Promise<{ notes: string[] }> {
  const { clusterName, endpoints, timezone, executor } = replacement;
  const settings = { clusterName, endpoints, timezone, executor };
  refuseExecutorWithoutWorker(executor, deps.hasWorker);
  const at = timestamp(deps.clock);
  if (replacement.account === undefined && !changesTls(replacement)) {
    // Write first: what was read a moment ago may have been replaced, and its secrets removed.
    const before = await deps.clusters.change(clusterId, settings, at);
    if (before === undefined) throw clusterNotFound(clusterId);
    await followTimezone(before, replacement, deps);
    return { notes: notesOf(before, replacement) };
  }
  const current = await deps.clusters.get(clusterId);
  if (current === undefined) throw clusterNotFound(clusterId);
  const access = await keepAccess(current, replacement, deps);
  const before = await deps.clusters.change(clusterId, { ...settings, ...access }, at);
  // The secrets that are no longer used: the former ones; or the new ones, if the cluster was removed meanwhile.
  const [unused, inUse] = before === undefined ? [access, current] : [before, { ...before, ...access }];
  await dropSecrets(unused, deps.secrets, inUse);
  if (before === undefined) throw clusterNotFound(clusterId);
  await followTimezone(before, replacement, deps);
  return { notes: notesOf(before, replacement) };
}

/** A strategy without its own time zone is saved again. If that fails, repeating the request fixes it. */
async function followTimezone(
  before: Cluster,
  { timezone }: ClusterReplacement,
  deps: SaveBackupStrategyDeps,
): Promise<void> {
  const wanted = followingStrategy(before, timezone);
  if (wanted !== undefined) await saveBackupStrategy(before.clusterId, wanted, deps);
}

/** The strategy that moves to another time zone with its cluster; `undefined` if it stays. */
export function followingStrategy({ strategy }: Cluster, timezone: string): WantedStrategy | undefined {
  if (strategy?.followsCluster !== true || strategy.timezone === timezone) return undefined;
  const { timezone: _, followsCluster: __, registeredAt: ___, ...wanted } = strategy;
  return wanted;
}

/** Only a backup finds out which TiDB it is: that works on every release, and needs no extra privilege. */
export function notesOf({ endpoints: before, tidb }: Cluster, { endpoints: after }: ClusterReplacement): string[] {
  if (tidb === undefined || after.some((endpoint) => before.includes(endpoint))) return [];
  return [
    `none of the former endpoints is left. If they lead to another TiDB than ${tidb.clusterId}, the next backup will detect it: from then on, backups of the former TiDB no longer count for retention, incremental chains, drills and age alarms, and stay until they are deleted or expire. An incremental backup on top of one of them fails, or becomes a full one with fallbackToFull`,
  ];
}

export function changesTls({ tls, ca, caSecretArn, clientCertificate, clientSecretArn }: ClusterReplacement): boolean {
  return [tls, ca, caSecretArn, clientCertificate, clientSecretArn].some((given) => given !== undefined);
}

async function keepAccess(
  current: Cluster,
  replacement: ClusterReplacement,
  deps: KeepSecretsDeps,
): Promise<Partial<Pick<Cluster, 'account' | 'tls' | 'certificates'>>> {
  const { clusterId, certificates } = current;
  const { account: given, tls } = accessAfter(replacement, current, deps);
  return {
    ...(given && { account: await keepAccount(clusterId, given, current.account, deps) }),
    ...(changesTls(replacement) && {
      tls,
      certificates: await keepCertificates(clusterId, replacement, { tls, certificates }, deps),
    }),
  };
}

/**
 * The new access settings, checked together with the existing ones. `account` is `undefined` if it stays.
 * @throws ServiceError 10001
 */
export function accessAfter(
  replacement: ClusterReplacement,
  current: Cluster,
  deps: Pick<KeepSecretsDeps, 'secretsPrefix'>,
): { account: GivenAccount | undefined; tls: TlsMode } {
  const { tls = current.tls } = replacement;
  const account = changedAccount(replacement, current);
  refuseCertificates(replacement, tls, deps);
  refuseOwnSecret('account.secretArn', account?.secretArn, deps);
  return { account, tls };
}

/**
 * `undefined` if the account stays.
 * @throws ServiceError 10001 another user without a password
 */
function changedAccount({ account }: ClusterReplacement, current: Cluster): GivenAccount | undefined {
  if (account === undefined || account.secretArn !== undefined || account.password !== undefined) return account;
  if (current.account.managed && current.account.user === account.user) return undefined;
  throw new ServiceError('TIEM_PARAMETER_INVALID', 'account.password: must be given for a new user');
}
