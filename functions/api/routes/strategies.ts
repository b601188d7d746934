import * as z from 'zod/mini';
import type { Clock } from '../../domain/clock.ts';
import { type DeleteBackupStrategyDeps, deleteBackupStrategy } from '../../operations/delete-backup-strategy.ts';
import { type GetBackupStrategyDeps, getBackupStrategy } from '../../operations/get-backup-strategy.ts';
import { type SaveBackupStrategyDeps, saveBackupStrategy } from '../../operations/save-backup-strategy.ts';
import { route } from '../route.ts';
import { strategyJson, strategyRequest, toStrategyJson } from '../strategy-json.ts';
import { clusterIdParam, emptyData } from '../wire-format.ts';

export const getStrategy = route({
  summary: 'The auto-backup strategy of a cluster',
  params: clusterIdParam,
  data: z.object({ strategy: strategyJson }),
  async handle({ params }, deps: GetBackupStrategyDeps & { clock: Pick<Clock, 'now'> }) {
    const cluster = await getBackupStrategy(params.clusterId, deps);
    return { data: { strategy: toStrategyJson(cluster, deps.clock.now()) } };
  },
});

export const putStrategy = route({
  summary: 'Create or replace the auto-backup strategy of a cluster',
  params: clusterIdParam,
  body: z.object({ strategy: strategyRequest }),
  data: emptyData,
  async handle({ params, body }, deps: SaveBackupStrategyDeps) {
    await saveBackupStrategy(params.clusterId, body.strategy, deps);
    return { data: {} };
  },
});

export const deleteStrategy = route({
  summary: 'Delete the auto-backup strategy of a cluster; deleting none is a success',
  params: clusterIdParam,
  data: emptyData,
  async handle({ params }, deps: DeleteBackupStrategyDeps) {
    await deleteBackupStrategy(params.clusterId, deps);
    return { data: {} };
  },
});
