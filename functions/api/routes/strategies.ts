import * as z from 'zod/mini';
import { changePlan } from '../../domain/planning/plan.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { type PlanStrategyDeps, planStrategy, planStrategyDeletion } from '../../operations/plan/plan-change.ts';
import {
  type DeleteBackupStrategyDeps,
  deleteBackupStrategy,
} from '../../operations/strategy/delete-backup-strategy.ts';
import { type GetBackupStrategyDeps, getBackupStrategy } from '../../operations/strategy/get-backup-strategy.ts';
import { type SaveBackupStrategyDeps, saveBackupStrategy } from '../../operations/strategy/save-backup-strategy.ts';
import { route } from '../http/route.ts';
import { strategyJson, strategyRequest, toStrategyJson } from '../json/strategy-json.ts';
import { clusterIdParam, emptyData, repeatedIdentifier } from '../json/wire-format.ts';
import { CLUSTER_ID } from '../openapi/examples.ts';
import { STRATEGY_DELETION_PLAN, STRATEGY_PLAN } from '../openapi/plan-examples.ts';

const STRATEGY = {
  backupDate: 'Monday,Friday',
  period: '22:00-2:00',
  timezone: 'Europe/Berlin',
  fullBackupDate: 'Friday',
  fallbackToFull: true,
  scope: { databases: ['shop', 'crm'] },
  maxBackupAgeHours: 100,
  retention: { keepLast: 7, keepWeekly: 4, keepMonthly: 12 },
};

export const getStrategy = route({
  operation: 'backup/query_strategy',
  summary: 'The auto-backup strategy of a cluster',
  scope: 'backup:read',
  errors: ['TIEM_CLUSTER_NOT_FOUND', 'TIEM_BACKUP_STRATEGY_QUERY_FAILED'],
  example: {
    params: { clusterId: CLUSTER_ID },
    data: {
      strategy: {
        clusterId: CLUSTER_ID,
        ...STRATEGY,
        paused: false,
        nextRuns: ['2026-03-02T21:00:00.000Z', '2026-03-06T21:00:00.000Z', '2026-03-09T21:00:00.000Z'],
      },
    },
  },
  params: clusterIdParam,
  data: z.object({ strategy: strategyJson }),
  async handle({ params }, deps: GetBackupStrategyDeps & { clock: Pick<Clock, 'now'> }) {
    const cluster = await getBackupStrategy(params.clusterId, deps);
    return { data: { strategy: toStrategyJson(cluster, deps.clock.now()) } };
  },
});

export const putStrategy = route({
  operation: 'backup/modify_strategy',
  summary: 'Create or replace the auto-backup strategy of a cluster',
  scope: 'backup:write',
  errors: ['TIEM_CLUSTER_NOT_FOUND', 'TIEM_BACKUP_STRATEGY_SAVE_FAILED'],
  example: { params: { clusterId: CLUSTER_ID }, body: { strategy: STRATEGY }, data: {} },
  params: clusterIdParam,
  body: z.object({ clusterId: repeatedIdentifier, strategy: strategyRequest }),
  data: emptyData,
  async handle({ params, body }, deps: SaveBackupStrategyDeps & PlanStrategyDeps) {
    await saveBackupStrategy(params.clusterId, body.strategy, deps);
    return { data: {} };
  },
  plan: {
    schema: changePlan,
    example: STRATEGY_PLAN,
    make: ({ params, body }, deps) => planStrategy(params.clusterId, body.strategy, deps),
  },
});

export const deleteStrategy = route({
  operation: 'backup/delete_strategy',
  summary: 'Delete the auto-backup strategy of a cluster; succeeds if there is none',
  scope: 'backup:write',
  errors: ['TIEM_CLUSTER_NOT_FOUND', 'TIEM_BACKUP_STRATEGY_DELETE_FAILED'],
  example: { params: { clusterId: CLUSTER_ID }, data: {} },
  params: clusterIdParam,
  data: emptyData,
  async handle({ params }, deps: DeleteBackupStrategyDeps & Pick<PlanStrategyDeps, 'clusters' | 'clock'>) {
    await deleteBackupStrategy(params.clusterId, deps);
    return { data: {} };
  },
  plan: {
    schema: changePlan,
    example: STRATEGY_DELETION_PLAN,
    make: ({ params }, deps) => planStrategyDeletion(params.clusterId, deps),
  },
});
