import { buildRouteMap } from '@stricli/core';
import { argument, command, flag, WAITING } from '../command.ts';
import { follow, followedWorkflow } from '../follow.ts';
import { time } from '../format.ts';
import { firstItems, LIST } from '../lists.ts';
import { facts } from '../table.ts';

const WORKFLOW = argument('workflow', 'Id of the workflow');

const NAMES = [
  ...(['BackupCluster', 'RestoreExistCluster', 'RestoreNewCluster', 'RestoreDrill', 'DeleteBackup'] as const),
  ...(['UndeleteBackup', 'CheckCluster', 'CheckConfig', 'ImportBackups'] as const),
];

const list = command({
  brief: 'List workflows, newest first',
  examples: [['workflow list --cluster orders --status Error', 'lists what failed on one cluster']],
  flags: {
    cluster: flag.text('Only workflows of this cluster or backup', 'CLUSTER'),
    name: flag.choice('Only workflows of this kind', NAMES),
    status: flag.choice('Only workflows in this state', [
      'Initializing',
      'Processing',
      'Finished',
      'Error',
      'Canceled',
    ]),
    ...LIST,
  },
  async run(session, flags) {
    const client = await session.client;
    const query = { bizId: flags.cluster, flowName: flags.name, status: flags.status };
    const pages = (pageSize: number) => client.pages('GET /workflow', { query: { ...query, pageSize } });
    const flows = await firstItems(session, flags, pages, (data) => data.workFlows);
    session.print(flows, () =>
      flows.length === 0
        ? ['no workflows']
        : session.table(
            ['WORKFLOW', 'KIND', 'OF', 'STATUS', 'CREATED', 'STEP'],
            flows.map((f) => [f.id, f.name, f.bizId, f.status, time(f.createTime), f.step]),
          ),
    );
  },
});

const show = command({
  brief: 'Show a workflow and its nodes',
  examples: [
    ['workflow show 6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11', 'works for a backup, which has the id of its workflow'],
  ],
  arguments: [WORKFLOW],
  async run(session, _flags, workFlowId) {
    const client = await session.client;
    const flow = await client.call('GET /workflow/{workFlowId}', { path: { workFlowId } });
    const { info, nodes } = flow;
    session.print(flow, () => [
      ...facts([
        ['workflow', info.id],
        ['kind', info.name],
        ['of', info.bizId],
        ['status', info.status],
        ['step', info.step],
        ['created', time(info.createTime)],
        ['updated', time(info.updateTime)],
      ]),
      ...session.table(
        ['NODE', 'STATUS', 'STARTED', 'ENDED', 'RESULT'],
        nodes.map((n) => [n.name, n.status, time(n.startTime), time(n.endTime), n.result]),
      ),
    ]);
  },
});

const watch = command({
  brief: 'Show the progress of a workflow until it has ended',
  examples: [['workflow watch 8a4d2f61-0c3b-4e95-a1f7-5b6c9d0e2a38', 'the exit code says how it ended']],
  flags: { timeout: WAITING.timeout },
  arguments: [WORKFLOW],
  async run(session, flags, workFlowId) {
    const followed = followedWorkflow(session, {
      what: `Workflow ${workFlowId}`,
      workFlowId,
      again: `workflow watch ${workFlowId}`,
    });
    await follow(session, { watch: true, ...flags }, followed);
  },
});

export const workflow = buildRouteMap({
  routes: { list, show, watch },
  docs: { brief: 'Past and running workflows' },
});
