import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useState } from 'react';
import type { Client } from '../../../typescript/client.ts';
import { type ClusterOverview, firstOf, useConsole, useData } from '../api.ts';
import { formatAgo, formatBytes, formatInZones, formatTime } from '../logic/format.ts';
import { byUrgency, problemsOf } from '../logic/health.ts';
import { link } from '../logic/route.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { OperationProgress } from '../parts/operation-progress.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { Time } from '../parts/time.tsx';

/** With the one for problems, the five requests of a page at most. */
const MAX_PAGES = 4;
/** A request for problems answers so many. */
const PROBLEMS = 100;
const ROWS = 50;

const WHILE_RUNNING_MS = 2_000;
const AT_REST_MS = 30_000;

export function OverviewPage() {
  const { api } = useConsole();
  const { data, error, isLoading, refresh } = useData(
    'overview',
    async (signal) => {
      const [problems, newest] = await Promise.all([
        firstOf(api.pages('GET /overview', { query: { problems: 'true', pageSize: PROBLEMS } }, { signal })),
        newestClusters(api, signal),
      ]);
      const found = new Map([...newest.clusters, ...problems.data.clusters].map((each) => [each.clusterId, each]));
      return { ...newest, clusters: [...found.values()], problems: problems.page.total ?? 0 };
    },
    ({ clusters }) => (clusters.some(isRunning) ? WHILE_RUNNING_MS : AT_REST_MS),
  );
  const [filter, setFilter] = useState('');
  const [pageIndex, setPageIndex] = useState(1);
  const now = data === undefined ? Date.now() : Date.parse(data.asOf);
  const wanted = filter.toLowerCase();
  const found = (data?.clusters ?? [])
    .filter(({ clusterId, clusterName }) => `${clusterName} ${clusterId}`.toLowerCase().includes(wanted))
    .sort(byUrgency(now));
  const failing = found.filter((cluster) => problemsOf(cluster, now).length > 0).length;
  return (
    <SpaceBetween size="l">
      <ErrorAlert error={error} retry={refresh} />
      {data !== undefined && data.total > data.clusters.length && (
        <Alert type="info" statusIconAriaLabel="Info">
          {data.clusters.length} of {data.total} clusters are listed:{' '}
          {data.problems > PROBLEMS ? `the ${PROBLEMS} longest overdue of ${data.problems}` : 'all'} that are overdue,
          unverified or whose backup failed in the last seven days, and the newest {data.newest}. A missed window, a
          failed check or a pause is looked for among these alone. Find another cluster by its id.
        </Alert>
      )}
      <Table
        variant="full-page"
        stickyHeader
        wrapLines
        loading={isLoading && data === undefined}
        loadingText="Loading clusters"
        items={found.slice((pageIndex - 1) * ROWS, pageIndex * ROWS)}
        trackBy="clusterId"
        header={
          <Header
            variant="h1"
            counter={data && `(${found.length})`}
            description={
              failing > 0 ? `${failing} with open problems, listed first` : 'Newest backups against their limits'
            }
          >
            Clusters
          </Header>
        }
        filter={
          <TextFilter
            filteringText={filter}
            filteringPlaceholder="Find a cluster"
            filteringAriaLabel="Find a cluster"
            onChange={({ detail }) => {
              setFilter(detail.filteringText);
              setPageIndex(1);
            }}
          />
        }
        pagination={
          <Pagination
            currentPageIndex={pageIndex}
            pagesCount={Math.max(1, Math.ceil(found.length / ROWS))}
            onChange={({ detail }) => setPageIndex(detail.currentPageIndex)}
          />
        }
        empty={
          <Box textAlign="center" padding="l">
            {filter === '' ? (
              'No cluster is registered yet. Send POST /clusters, or run tidb-backup clusters add.'
            ) : (
              <>
                None of the listed clusters matches.{' '}
                <Link href={link('clusters', filter.trim())}>Open the cluster with this id</Link>
              </>
            )}
          </Box>
        }
        columnDefinitions={[
          {
            id: 'name',
            header: 'Cluster',
            isRowHeader: true,
            minWidth: 180,
            cell: (cluster) => (
              <div className="long">
                <Link href={link('clusters', cluster.clusterId)}>{cluster.clusterName}</Link>
                {cluster.clusterName !== cluster.clusterId && (
                  <Box variant="small" color="text-body-secondary" display="block">
                    {cluster.clusterId}
                  </Box>
                )}
              </div>
            ),
          },
          { id: 'health', header: 'Health', minWidth: 200, cell: (cluster) => <Health cluster={cluster} now={now} /> },
          {
            id: 'newest',
            header: 'Newest backup',
            minWidth: 130,
            cell: ({ recentBackups: [newest], maxBackupAgeHours }) => (
              <Aged at={newest?.endTime} id={newest?.backupId} hours={maxBackupAgeHours} now={now} />
            ),
          },
          {
            id: 'verified',
            header: 'Newest verified',
            minWidth: 130,
            cell: ({ newestVerified, maxVerifiedAgeHours }) => (
              <Aged at={newestVerified?.endTime} id={newestVerified?.backupId} hours={maxVerifiedAgeHours} now={now} />
            ),
          },
          {
            id: 'next',
            header: 'Next window',
            minWidth: 130,
            cell: ({ nextWindow, timezone }) =>
              nextWindow === undefined ? (
                '–'
              ) : (
                <span title={`${formatInZones(nextWindow.start, timezone)} to ${formatTime(nextWindow.end, timezone)}`}>
                  {Date.parse(nextWindow.start) <= now ? 'open now' : formatAgo(nextWindow.start, now)}
                </span>
              ),
          },
          {
            id: 'size',
            header: 'Size',
            minWidth: 120,
            cell: ({ recentBackups }) => {
              const full = recentBackups.filter(({ backupType }) => backupType === 'full');
              return (
                <>
                  {formatBytes(full[0]?.sizeBytes)}
                  <Sparkline
                    values={full.map(({ sizeBytes }) => Number(sizeBytes)).reverse()}
                    label={`Sizes of the last ${full.length} full backups`}
                  />
                </>
              );
            },
          },
        ]}
      />
    </SpaceBetween>
  );
}

async function newestClusters(api: Client, signal: AbortSignal) {
  const clusters: ClusterOverview[] = [];
  let pages = 0;
  for await (const { data, page } of api.pages('GET /overview', { query: { pageSize: 100 } }, { signal })) {
    clusters.push(...data.clusters);
    pages += 1;
    const total = page.nextPageToken === undefined ? clusters.length : (page.total ?? 0);
    if (pages === MAX_PAGES || page.nextPageToken === undefined) {
      return { clusters, newest: clusters.length, asOf: data.asOf, total };
    }
  }
  throw new Error('the API answered no page');
}

const isRunning = ({ maintenanceStatus }: ClusterOverview) => maintenanceStatus !== '';

const OPERATIONS = { BackUp: 'Backing up', Restore: 'Restoring', Deleting: 'Deleting' } as const;

function Health({ cluster, now }: { cluster: ClusterOverview; now: number }) {
  const problems = problemsOf(cluster, now);
  const { maintenanceStatus, maintenanceSince, progress, step } = cluster;
  return (
    <SpaceBetween size="xxs">
      {maintenanceStatus !== '' && (
        <OperationProgress
          label={OPERATIONS[maintenanceStatus]}
          since={maintenanceSince}
          {...{ progress, step, now }}
        />
      )}
      {problems.map(({ severity, text, href }) => (
        <StatusIndicator key={text} type={severity}>
          <Link href={href} variant="primary">
            <span className="words">{text}</span>
          </Link>
        </StatusIndicator>
      ))}
      {problems.length === 0 && maintenanceStatus === '' && <StatusIndicator type="success">Healthy</StatusIndicator>}
    </SpaceBetween>
  );
}

function Aged({
  at,
  id,
  hours,
  now,
}: {
  at: string | undefined;
  id: string | undefined;
  hours: number | undefined;
  now: number;
}) {
  return (
    <>
      {at === undefined || id === undefined ? (
        'None'
      ) : (
        <Link href={link('backups', id)}>
          <Time at={at} now={now} />
        </Link>
      )}
      {hours !== undefined && (
        <Box variant="small" color="text-body-secondary" display="block">
          limit {hours} h
        </Box>
      )}
    </>
  );
}
