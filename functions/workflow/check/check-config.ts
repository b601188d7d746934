import { type CheckResult, resultOf } from '../../domain/cluster/check.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { type CheckInput, CONFIG } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { type InspectStoreDeps, inspectStore } from './inspect-store.ts';

export interface CheckConfigDeps extends InspectStoreDeps {
  config: Pick<ConfigStore, 'read' | 'write'>;
  workflows: Pick<WorkflowStore, 'setStatus'>;
  clock: Pick<Clock, 'now'>;
}

/** Node `checkConfig`: checks the configured store, and keeps the result with the configuration. */
export async function checkConfig({ workFlowId }: CheckInput, deps: CheckConfigDeps): Promise<CheckResult> {
  const { config, workflows, clock } = deps;
  const workflow = { workFlowId, flowName: 'CheckConfig', bizId: CONFIG } as const;
  const startTime = timestamp(clock);
  await workflows.setStatus(workflow, 'Processing', startTime);
  const findings = await inspectStore(workFlowId, deps);
  const check = resultOf(findings, { workFlowId, startTime, endTime: timestamp(clock) });
  await config.write('check', check, check.endTime);
  await workflows.setStatus(workflow, 'Finished', check.endTime);
  return check;
}
