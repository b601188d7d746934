import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { Schemas } from '../api.ts';
import { formatTime } from '../logic/format.ts';
import { Status } from './status.tsx';

type Check = NonNullable<Schemas['ClusterDetail']['check']>;

export function CheckFindings({ title, check }: { title: string; check: Check }) {
  return (
    <Table
      wrapLines
      items={check.findings}
      header={
        <Header variant="h2" description={formatTime(check.endTime)} info={<Status status={check.status} />}>
          {title}
        </Header>
      }
      empty={<Box textAlign="center">Nothing was found.</Box>}
      columnDefinitions={[
        { id: 'status', minWidth: 110, header: 'Result', cell: ({ status }) => <Status status={status} /> },
        {
          id: 'check',
          minWidth: 180,
          header: 'Check',
          isRowHeader: true,
          cell: ({ check, subject }) => [check, subject].filter(Boolean).join(': '),
        },
        {
          id: 'message',
          minWidth: 260,
          header: 'Finding',
          cell: ({ message, remedy }) => (
            <span className="long">
              {message}
              {remedy && (
                <Box variant="small" display="block">
                  {remedy}
                </Box>
              )}
            </span>
          ),
        },
      ]}
    />
  );
}
