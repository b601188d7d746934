import { withLivingRestores } from '../../domain/backup/restore-holds.ts';
import { ownBackups } from '../../domain/cluster/cluster.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import {
  type Decision,
  planRetention,
  type RetainedBackup,
  type Retention,
  retentionOf,
} from '../../domain/strategy/retention.ts';
import type { RetentionRule } from '../../domain/strategy/retention-rule.ts';
import type { RetentionView } from '../../domain/strategy/retention-view.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';
import { type GetBackupStrategyDeps, getBackupStrategy } from '../strategy/get-backup-strategy.ts';

export interface PreviewRetentionDeps extends GetBackupStrategyDeps {
  retention: Pick<RetentionView, 'backupsOf'>;
  workflows: Pick<WorkflowStore, 'get'>;
  clock: Pick<Clock, 'now'>;
}

/** Replaces the strategy's settings. */
export interface ProposedRetention {
  /** As if it were the rule of a strategy that is not paused. */
  rule: RetentionRule | undefined;
  timezone: string | undefined;
}

/** A fixed moment for repeated previews: later backups are left out. */
interface PreviewTime {
  /** Milliseconds since 1970. @default now */
  asOf: number | undefined;
}

/**
 * What retention would do now, and why; read-only. It takes two calls, one or two more if a backup names its TiDB, one
 * for about every 3,000 further records, and one for each restore that reads one.
 * @throws ServiceError 10003, 20604, 20606
 */
export async function previewRetention(
  clusterId: string,
  { asOf: wanted, ...proposed }: ProposedRetention & PreviewTime,
  deps: PreviewRetentionDeps,
): Promise<{ retention: Retention; decisions: Decision[]; asOf: number }> {
  const cluster = await getBackupStrategy(clusterId, deps);
  const asOf = wanted ?? deps.clock.now();
  const { rule, paused, timezone } = retentionOf(cluster);
  const retention: Retention = {
    rule: proposed.rule ?? rule,
    paused: proposed.rule === undefined && paused,
    timezone: proposed.timezone ?? timezone,
  };
  const backups = await wrapErrors('TIEM_BACKUP_RECORD_QUERY_FAILED', retained());
  return { retention, decisions: planRetention(backups, retention, asOf).decisions, asOf };

  async function retained(): Promise<RetainedBackup[]> {
    const found: RetainedBackup[] = [];
    for (const backup of await deps.retention.backupsOf(clusterId, ownBackups(cluster))) {
      if (wanted !== undefined && Date.parse(backup.createTime) > wanted) continue;
      found.push(await withLivingRestores(backup, deps.workflows));
    }
    return found;
  }
}
