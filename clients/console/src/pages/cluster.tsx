import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useConsole, useData } from '../api.ts';
import { link } from '../logic/route.ts';
import { CheckFindings } from '../parts/check-findings.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { NotLoaded } from '../parts/not-loaded.tsx';
import { OperationProgress } from '../parts/operation-progress.tsx';
import { PlannedChange } from '../parts/planned-change.tsx';
import { BackupList } from './cluster/backup-list.tsx';
import { ClusterHistory } from './cluster/history.tsx';
import { RetentionEditor } from './cluster/retention-editor.tsx';
import { StrategyEditor } from './cluster/strategy-editor.tsx';

const OPERATIONS = { BackUp: 'A backup', Restore: 'A restore', Deleting: 'A deletion' } as const;

export default function ClusterPage({ clusterId, tab }: { clusterId: string; tab: string }) {
  const { api, may } = useConsole();
  const path = { clusterId };
  const { data, error, refresh } = useData(
    `cluster ${clusterId}`,
    async (signal) => {
      const [cluster, { strategy }] = await Promise.all([
        api.call('GET /clusters/{clusterId}', { path }, { signal }),
        api.call('GET /clusters/{clusterId}/strategy', { path }, { signal }),
      ]);
      const { operationId, maintenanceStatus } = cluster;
      const running =
        maintenanceStatus === 'BackUp' && operationId !== undefined
          ? (await api.call('GET /backups', { query: { backupId: operationId } }, { signal })).backupRecords[0]
          : undefined;
      return { cluster, strategy, running };
    },
    ({ cluster }) => (cluster.maintenanceStatus === '' ? 30_000 : 2_000),
  );
  if (data === undefined) return <NotLoaded {...{ error, refresh }} />;
  const { cluster, strategy, running } = data;
  const { maintenanceStatus, operationId, maintenanceSince } = cluster;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={<span className="id">{`${clusterId} · ${cluster.endpoints.join(', ')}`}</span>}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            {may('backup:write') && (
              <PlannedChange
                title="Check"
                explanation="Checks endpoints, account, versions, clocks and the store."
                plan={() => api.plan('POST /clusters/{clusterId}/check', { path })}
                act={async () => {
                  const { workFlowId } = await api.call('POST /clusters/{clusterId}/check', { path });
                  location.hash = link('workflows', workFlowId);
                }}
              />
            )}
            {may('backup:write') && (
              <PlannedChange
                title="Back up now"
                variant="primary"
                disabled={maintenanceStatus !== ''}
                plan={() => api.plan('POST /backups', { body: { clusterId, backupMode: 'manual' } })}
                act={async () => {
                  const { backupId } = await api.call('POST /backups', { body: { clusterId, backupMode: 'manual' } });
                  location.hash = link('backups', backupId);
                }}
              />
            )}
          </SpaceBetween>
        }
      >
        <span className="long">{cluster.clusterName}</span>
      </Header>
      <ErrorAlert error={error} retry={refresh} />
      {maintenanceStatus !== '' && operationId !== undefined && (
        <Box>
          <OperationProgress
            label={`${OPERATIONS[maintenanceStatus]} holds the cluster`}
            since={maintenanceSince}
            progress={running?.progress}
            step={running?.step}
            now={Date.now()}
          />
          <Link href={maintenanceStatus === 'BackUp' ? link('backups', operationId) : link('workflows', operationId)}>
            Look at it
          </Link>
        </Box>
      )}
      <Tabs
        activeTabId={tab}
        onChange={({ detail }) => {
          location.hash = link('clusters', clusterId, detail.activeTabId);
        }}
        tabs={[
          {
            id: 'timeline',
            label: 'Timeline',
            content: <ClusterHistory clusterId={clusterId} strategy={strategy} isBusy={maintenanceStatus !== ''} />,
          },
          { id: 'backups', label: 'Backups', content: <BackupList clusterId={clusterId} /> },
          {
            id: 'strategy',
            label: 'Strategy',
            content: <StrategyEditor clusterId={clusterId} strategy={strategy} saved={refresh} />,
          },
          {
            id: 'retention',
            label: 'Retention',
            content: <RetentionEditor clusterId={clusterId} strategy={strategy} saved={refresh} />,
          },
          {
            id: 'check',
            label: 'Check',
            content:
              cluster.check === undefined ? (
                <Box>No check of this cluster has ended yet.</Box>
              ) : (
                <CheckFindings title="Last check" check={cluster.check} />
              ),
          },
        ]}
      />
    </SpaceBetween>
  );
}
