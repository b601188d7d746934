import type { components } from '../../../typescript/api.ts';

type ClusterOverview = components['schemas']['ClusterOverview'];

export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly text: string;
}

const DAY_MS = 86_400_000;

/** A cluster's problems, worst first. */
export function problemsOf(cluster: ClusterOverview, now: number): Problem[] {
  const { lastMissed } = cluster;
  const found: (Problem | false)[] = [
    cluster.isOverdue && {
      severity: 'error',
      text: `No finished backup in ${cluster.maxBackupAgeHours} hours`,
    },
    cluster.checkStatus === 'failed' && { severity: 'error', text: 'The last check failed' },
    cluster.isUnverified && {
      severity: 'warning',
      text: `No verified backup in ${cluster.maxVerifiedAgeHours} hours`,
    },
    lastMissed !== undefined &&
      now - Date.parse(lastMissed.end) < 7 * DAY_MS && {
        severity: 'warning',
        text: `Window missed: ${lastMissed.reason}`,
      },
    cluster.recentBackups.length === 0 && { severity: 'warning', text: 'No backup yet' },
    cluster.paused === true && { severity: 'warning', text: 'Automatic backups are paused' },
  ];
  return found.filter((problem) => problem !== false);
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
