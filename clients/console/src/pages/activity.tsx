import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { firstOf, useConsole, useData } from '../api.ts';
import { formatDuration } from '../logic/format.ts';
import { link } from '../logic/route.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { PageButtons } from '../parts/page-buttons.tsx';
import { usePageTokens } from '../parts/page-tokens.ts';
import { Status } from '../parts/status.tsx';
import { Subject } from '../parts/subject.tsx';
import { Time } from '../parts/time.tsx';

const STATUSES = ['Initializing', 'Processing', 'Finished', 'Error', 'Canceled'] as const;
type WorkflowStatus = (typeof STATUSES)[number];

/** Running and past workflows, newest first. */
export default function ActivityPage() {
  const { api } = useConsole();
  const [status, setStatus] = useState<WorkflowStatus>();
  const tokens = usePageTokens();
  const query = { pageSize: 50, ...(status && { status }), ...tokens.query };
  const { data, error, isLoading, refresh } = useData(
    `activity ${JSON.stringify(query)}`,
    (signal) => firstOf(api.pages('GET /workflow', { query }, { signal })),
    (answer) => (answer.data.workFlows.some((workflow) => workflow.status === 'Processing') ? 3_000 : 30_000),
  );
  const now = Date.now();
  return (
    <SpaceBetween size="l">
      <ErrorAlert error={error} retry={refresh} />
      <Table
        variant="full-page"
        wrapLines
        loading={isLoading && data === undefined}
        loadingText="Loading activity"
        items={data?.data.workFlows ?? []}
        trackBy="id"
        header={
          <Header variant="h1" {...(data?.page.total !== undefined && { counter: `(${data.page.total})` })}>
            Activity
          </Header>
        }
        filter={
          <Select
            ariaLabel="Status"
            selectedOption={{ label: status ?? 'Any status', value: status ?? '' }}
            options={[{ label: 'Any status', value: '' }, ...STATUSES.map((each) => ({ label: each, value: each }))]}
            onChange={({ detail }) => {
              tokens.restart();
              setStatus(STATUSES.find((each) => each === detail.selectedOption.value));
            }}
          />
        }
        footer={<PageButtons tokens={tokens} next={data?.page.nextPageToken} />}
        empty={<Box textAlign="center">Nothing has run yet.</Box>}
        columnDefinitions={[
          {
            id: 'name',
            minWidth: 150,
            header: 'Workflow',
            isRowHeader: true,
            cell: ({ id, name }) => <Link href={link('workflows', id)}>{name}</Link>,
          },
          {
            id: 'status',
            minWidth: 150,
            header: 'Status',
            cell: ({ status, step }) => (
              <>
                <Status status={status} />
                {step && (
                  <Box variant="small" display="block">
                    {step}
                  </Box>
                )}
              </>
            ),
          },
          {
            id: 'about',
            minWidth: 130,
            header: 'Cluster',
            cell: (workflow) => <Subject {...workflow} />,
          },
          {
            id: 'started',
            minWidth: 120,
            header: 'Started',
            cell: ({ createTime }) => <Time at={createTime} now={now} />,
          },
          {
            id: 'took',
            minWidth: 110,
            header: 'Took',
            cell: ({ createTime, updateTime, status }) =>
              status === 'Finished' || status === 'Error' || status === 'Canceled'
                ? formatDuration(Date.parse(updateTime) - Date.parse(createTime))
                : '–',
          },
        ]}
      />
    </SpaceBetween>
  );
}
