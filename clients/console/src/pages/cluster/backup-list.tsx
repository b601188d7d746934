import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { firstOf, useConsole, useData } from '../../api.ts';
import { formatBytes, formatDuration, formatType, timeOf } from '../../logic/format.ts';
import { link } from '../../logic/route.ts';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { PageButtons } from '../../parts/page-buttons.tsx';
import { usePageTokens } from '../../parts/page-tokens.ts';
import { Status } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';

/** One page of the cluster's backups: no more rows are drawn at a time. */
const ROWS = 50;

export function BackupList({ clusterId }: { clusterId: string }) {
  const { api } = useConsole();
  const tokens = usePageTokens();
  const query = { clusterId, pageSize: ROWS, ...tokens.query };
  const { data, error, isLoading, refresh } = useData(
    `backups ${JSON.stringify(query)}`,
    (signal) => firstOf(api.pages('GET /backups', { query }, { signal })),
    (answer) => (answer.data.backupRecords.some(({ status }) => status === 'Processing') ? 2_000 : undefined),
  );
  const now = Date.now();
  const total = data?.page.total;
  return (
    <SpaceBetween size="m">
      <ErrorAlert error={error} retry={refresh} />
      <Table
        wrapLines
        loading={isLoading && data === undefined}
        loadingText="Loading backups"
        items={data?.data.backupRecords ?? []}
        trackBy="id"
        header={
          <Header variant="h2" {...(total !== undefined && { counter: `(${total})` })}>
            Backups
          </Header>
        }
        footer={<PageButtons tokens={tokens} next={data?.page.nextPageToken} />}
        empty={<Box textAlign="center">This cluster has no backup yet.</Box>}
        columnDefinitions={[
          {
            id: 'created',
            minWidth: 120,
            header: 'Backup',
            isRowHeader: true,
            cell: ({ id, createTime }) => (
              <Link href={link('backups', id)}>
                <Time at={createTime} now={now} />
              </Link>
            ),
          },
          { id: 'status', minWidth: 120, header: 'Status', cell: ({ status }) => <Status status={status} /> },
          {
            id: 'type',
            minWidth: 140,
            header: 'Type',
            cell: ({ backupType, backupMode }) => formatType(backupType, backupMode),
          },
          {
            id: 'size',
            minWidth: 100,
            header: 'Size',
            cell: ({ status, sizeBytes }) => (status === 'Finished' ? formatBytes(sizeBytes) : '–'),
          },
          {
            id: 'took',
            minWidth: 110,
            header: 'Took',
            cell: ({ startTime, endTime }) => {
              const [start, end] = [timeOf(startTime), timeOf(endTime)];
              return start === undefined || end === undefined ? '–' : formatDuration(end - start);
            },
          },
          {
            id: 'verified',
            minWidth: 120,
            header: 'Verified',
            cell: ({ verifiedAt }) => <Time at={verifiedAt} now={now} />,
          },
        ]}
      />
    </SpaceBetween>
  );
}
