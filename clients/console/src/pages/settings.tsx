import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { type ClusterOverview, firstOf, type Schemas, useConsole, useData } from '../api.ts';
import { link } from '../logic/route.ts';
import { CheckFindings } from '../parts/check-findings.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { NotLoaded } from '../parts/not-loaded.tsx';
import { PlanDialog, PlannedChange } from '../parts/planned-change.tsx';
import { Status } from '../parts/status.tsx';

export default function SettingsPage() {
  const { api, may } = useConsole();
  const { data, error, isLoading, refresh } = useData('settings', (signal) =>
    api.call('GET /config/all', {}, { signal }),
  );
  const isAdmin = may('backup:admin');
  const [edited, setEdited] = useState<Schemas['UpdateConfigRequest']>();
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Where backups are stored, and how much load they may cause"
        actions={
          may('backup:write') && (
            <PlannedChange
              title="Check the store"
              plan={() => api.plan('POST /config/check')}
              act={async () => {
                const { workFlowId } = await api.call('POST /config/check');
                await ended(workFlowId);
                refresh();
              }}
            />
          )
        }
      >
        Settings
      </Header>
      <ErrorAlert error={error} retry={refresh} />
      <Table
        wrapLines
        loading={isLoading && data === undefined}
        loadingText="Loading the configuration"
        items={data?.config ?? []}
        trackBy="configKey"
        ariaLabels={{
          activateEditLabel: (_column, { configKey }) => `Change ${configKey}`,
          cancelEditLabel: () => 'Keep the value',
          submitEditLabel: () => 'Save the value',
        }}
        header={<Header variant="h2">Configuration</Header>}
        empty={<Box textAlign="center">The configuration could not be read.</Box>}
        submitEdit={({ configKey }, _column, value) =>
          // Each key has its own type of value, which the API checks.
          setEdited({ configKey, configValue: String(value) } as Schemas['UpdateConfigRequest'])
        }
        columnDefinitions={[
          { id: 'key', minWidth: 220, header: 'Key', isRowHeader: true, cell: ({ configKey }) => configKey },
          {
            id: 'value',
            minWidth: 160,
            header: 'Value',
            cell: ({ configValue }) => (
              <span className="long">{configValue ?? <Box color="text-body-secondary">not set</Box>}</span>
            ),
            ...(isAdmin && {
              editConfig: {
                ariaLabel: 'Change the value',
                editIconAriaLabel: 'Change',
                errorIconAriaLabel: 'Error',
                disabledReason: ({ configKey }: { configKey: string }) =>
                  SECRETS.test(configKey)
                    ? 'Secrets never pass through a browser: use tidb-backup config set'
                    : undefined,
                editingCell: (
                  { configKey, configValue = '' }: { configKey: string; configValue?: string },
                  { currentValue, setValue }: { currentValue: string | undefined; setValue(value: string): void },
                ) => (
                  <Input
                    autoFocus
                    ariaLabel={`Value of ${configKey}`}
                    value={currentValue ?? configValue}
                    onChange={({ detail }) => setValue(detail.value)}
                  />
                ),
              },
            }),
          },
        ]}
      />
      {edited && (
        <PlanDialog
          title={`Change ${edited.configKey}`}
          plan={() => api.plan('POST /config/update', { body: edited })}
          act={async () => {
            await api.call('POST /config/update', { body: edited });
            refresh();
          }}
          close={() => setEdited(undefined)}
        />
      )}
      {data?.check && <CheckFindings title="Last check of the store" check={data.check} />}
      <ClusterChecks />
    </SpaceBetween>
  );

  async function ended(workFlowId: string): Promise<void> {
    for (let tries = 0; tries < 60; tries += 1) {
      const { info } = await api.call('GET /workflow/{workFlowId}', { path: { workFlowId } });
      if (info.status !== 'Initializing' && info.status !== 'Processing') return;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

const WORST_FIRST = ['failed', 'warning', undefined, 'passed'] as const;

/** How the last check of each cluster ended. */
function ClusterChecks() {
  const { api } = useConsole();
  const { data, error, refresh } = useData('checks', async (signal) => {
    const { data, page } = await firstOf(api.pages('GET /overview', { query: { pageSize: 100 } }, { signal }));
    const rank = ({ checkStatus }: ClusterOverview) => WORST_FIRST.indexOf(checkStatus);
    return { clusters: data.clusters.toSorted((a, b) => rank(a) - rank(b)), total: page.total ?? data.clusters.length };
  });
  if (data === undefined) return <NotLoaded {...{ error, refresh }} />;
  const { clusters, total } = data;
  return (
    <Table
      wrapLines
      items={clusters}
      trackBy="clusterId"
      header={
        <Header
          variant="h2"
          counter={total > clusters.length ? `(the newest ${clusters.length} of ${total})` : `(${total})`}
        >
          Last checks of clusters
        </Header>
      }
      empty={<Box textAlign="center">No cluster is registered yet.</Box>}
      columnDefinitions={[
        {
          id: 'cluster',
          minWidth: 160,
          header: 'Cluster',
          isRowHeader: true,
          cell: ({ clusterId, clusterName }) => (
            <Link href={link('clusters', clusterId, 'check')}>
              <span className="long">{clusterName}</span>
            </Link>
          ),
        },
        {
          id: 'status',
          minWidth: 120,
          header: 'Result',
          cell: ({ checkStatus }) =>
            checkStatus === undefined ? (
              <Status status="Initializing" text="none yet" />
            ) : (
              <Status status={checkStatus} />
            ),
        },
      ]}
    />
  );
}

/** Secrets never pass through a browser. */
const SECRETS = /^BackupS3(AccessKey|SecretAccessKey|SessionToken)$/;
