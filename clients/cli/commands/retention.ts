import { buildRouteMap } from '@stricli/core';
import type { RetentionDecision } from '../../typescript/api.ts';
import { argument, command, flag } from '../command.ts';
import { size, time } from '../format.ts';
import { firstItems, LIST } from '../lists.ts';
import { RETENTION, ruleOf, ruleText } from '../retention-rules.ts';

const preview = command({
  brief: 'Show which backups a retention rule would remove now, and why',
  examples: [
    ['retention preview orders', 'previews the rule in force'],
    ['retention preview orders --keep-weekly 4 --max-age-days 90', 'previews a proposed rule'],
  ],
  flags: { ...RETENTION, timezone: flag.text('Time zone of the days of a proposed rule', 'ZONE'), ...LIST },
  arguments: [argument('cluster', 'Id of the registered cluster')],
  async run(session, flags, clusterId) {
    const client = await session.client;
    const query = { ...ruleOf(flags), timezone: flags.timezone };
    type Answer = {
      toRemove: number;
      toKeep: number;
      bytesToRemove: string;
      retention?: object;
      decisions: RetentionDecision[];
    };
    let summary: Omit<Answer, 'decisions'> | undefined;
    const pages = (pageSize: number) =>
      client.pages('GET /clusters/{clusterId}/retention/preview', {
        path: { clusterId },
        query: { ...query, pageSize },
      });
    const decisions = await firstItems(session, flags, pages, (data) => {
      const { decisions: ofPage, ...rest } = data;
      summary ??= rest;
      return ofPage;
    });
    session.print({ ...summary, decisions }, () => [
      `rule: ${ruleText(summary?.retention) || 'none'}`,
      `removes ${summary?.toRemove ?? 0} (${size(summary?.bytesToRemove)}), keeps ${summary?.toKeep ?? 0}`,
      ...session.table(
        ['ACTION', 'BACKUP', 'CREATED', 'TYPE', 'SIZE', 'BECAUSE'],
        decisions.map((d) => [
          d.action,
          d.backupId,
          time(d.createTime),
          d.backupType,
          size(d.sizeBytes),
          d.reasons.join('; '),
        ]),
      ),
    ]);
  },
});

export const retention = buildRouteMap({ routes: { preview }, docs: { brief: 'Which backups a rule keeps' } });
