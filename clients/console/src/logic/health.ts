import type { components } from '../../../typescript/api.ts';

import { link } from './route.ts';

type ClusterOverview = components['schemas']['ClusterOverview'];

export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly text: string;
  /** The page that shows more about it. */
  readonly href: string;
}

const DAY_MS = 86_400_000;

/** A cluster's problems, worst first. */
export function problemsOf(cluster: ClusterOverview, now: number): Problem[] {
  const { clusterId, lastFailed, lastMissed, recentBackups } = cluster;
  const [newest] = recentBackups;
  const at = (tab: string) => link('clusters', clusterId, tab);
  const found: (Problem | false)[] = [
    cluster.isOverdue && {
      severity: 'error',
      text: `No finished backup in ${cluster.maxBackupAgeHours} hours`,
      href: at('timeline'),
    },
    lastFailed !== undefined && {
      severity: 'error',
      text: `Backup failed: ${shortened(lastFailed.error)}`,
      href: link('backups', lastFailed.backupId),
    },
    cluster.checkStatus === 'failed' && { severity: 'error', text: 'The last check failed', href: at('check') },
    cluster.isUnverified && {
      severity: 'warning',
      text: `No verified backup in ${cluster.maxVerifiedAgeHours} hours`,
      href: newest === undefined ? at('timeline') : link('backups', newest.backupId),
    },
    lastMissed !== undefined &&
      now - Date.parse(lastMissed.end) < 7 * DAY_MS && {
        severity: 'warning',
        text: `Window missed: ${shortened(lastMissed.reason)}`,
        href: at('timeline'),
      },
    newest === undefined && { severity: 'warning', text: 'No backup yet', href: at('strategy') },
    cluster.paused === true && {
      severity: 'warning',
      text: 'Automatic backups are paused',
      href: at('strategy'),
    },
  ];
  return found.filter((problem) => problem !== false);
}

const SHORT = 120;

function shortened(text: string): string {
  return text.length <= SHORT ? text : `${text.slice(0, SHORT - 1).toWellFormed()}…`;
}

/** Open problems first, then by name. */
export function byUrgency(now: number): (a: ClusterOverview, b: ClusterOverview) => number {
  const rank = (cluster: ClusterOverview) => {
    const problems = problemsOf(cluster, now);
    if (problems.some(({ severity }) => severity === 'error')) return 0;
    if (problems.length > 0) return 1;
    return cluster.maintenanceStatus === '' ? 3 : 2;
  };
  return (a, b) => rank(a) - rank(b) || a.clusterName.localeCompare(b.clusterName);
}

/** Milliseconds left at the current rate; `undefined` while it is too early to tell. */
export function timeLeft(since: string, progress: number | undefined, now: number): number | undefined {
  const spent = now - Date.parse(since);
  if (progress === undefined || progress < 2 || progress >= 100 || spent < 1_000) return undefined;
  return (spent / progress) * (100 - progress);
}
