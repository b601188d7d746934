import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import type { BackupRecord, DrillTables } from '../api.ts';
import { formatCount, formatDuration, formatTime } from '../logic/format.ts';
import { link } from '../logic/route.ts';
import { Status } from './status.tsx';

const ROWS = 20;

/** What the last drill of a backup compared, table by table. */
export function DrillEvidence({ record, drillTables }: { record: BackupRecord; drillTables: DrillTables | undefined }) {
  const { evidence, lastFailure, recoverySeconds, checksums } = record;
  return (
    <SpaceBetween size="m">
      {lastFailure && (
        <Alert type="warning" header="The latest drill reached no verdict" statusIconAriaLabel="Warning">
          {lastFailure.reason} ({formatTime(lastFailure.time)})
        </Alert>
      )}
      {evidence === undefined ? (
        <Box>No drill of this backup has reached a verdict yet.</Box>
      ) : (
        <KeyValuePairs
          columns={4}
          items={[
            {
              label: 'Result',
              value: (
                <Link href={link('workflows', evidence.workFlowId)}>
                  <Status status={evidence.result} text={evidence.reason ?? evidence.result} />
                </Link>
              ),
            },
            { label: 'When', value: formatTime(evidence.time) },
            {
              label: 'Compared',
              value: `${evidence.tables} tables, ${formatCount(evidence.rows)} rows`,
            },
            {
              label: 'Recovery took',
              value: recoverySeconds === undefined ? '–' : formatDuration(recoverySeconds * 1_000),
            },
          ]}
        />
      )}
      {drillTables !== undefined && <ComparedTables {...drillTables} />}
      {drillTables === undefined && evidence !== undefined && <Differences evidence={evidence} />}
      {evidence !== undefined && evidence.assertions.length > 0 && (
        <Table
          wrapLines
          items={evidence.assertions}
          columnDefinitions={[
            {
              id: 'passed',
              minWidth: 110,
              header: 'Held',
              cell: ({ passed, error }) => (
                <Status status={passed ? 'passed' : 'failed'} {...(error !== undefined && { text: error })} />
              ),
            },
            {
              id: 'assertion',
              minWidth: 220,
              header: 'Assertion',
              isRowHeader: true,
              cell: ({ assertion }) => <code className="long">{assertion}</code>,
            },
          ]}
        />
      )}
      {checksums && (
        <Box color="text-body-secondary">
          {checksums.missing ?? `Checksums of ${checksums.tables ?? 0} tables were recorded at the backup's snapshot.`}
        </Box>
      )}
    </SpaceBetween>
  );
}

const OUTCOMES = {
  equal: { type: 'success', text: 'Equal' },
  differs: { type: 'error', text: 'Differs' },
  missing: { type: 'error', text: 'Missing' },
  unexpected: { type: 'error', text: 'Not in the backup' },
  notCompared: { type: 'warning', text: 'Not compared' },
} as const;

function ComparedTables({ tables, omitted }: DrillTables) {
  const [pageIndex, setPageIndex] = useState(1);
  return (
    <Table
      wrapLines
      items={tables.slice((pageIndex - 1) * ROWS, pageIndex * ROWS)}
      header={
        <Header variant="h3" counter={`(${tables.length + (omitted ?? 0)})`}>
          Tables compared
        </Header>
      }
      pagination={
        tables.length > ROWS && (
          <Pagination
            currentPageIndex={pageIndex}
            pagesCount={Math.ceil(tables.length / ROWS)}
            onChange={({ detail }) => setPageIndex(detail.currentPageIndex)}
          />
        )
      }
      footer={omitted !== undefined && <Box textAlign="center">{omitted} more tables are not listed.</Box>}
      columnDefinitions={[
        {
          id: 'table',
          header: 'Table',
          isRowHeader: true,
          minWidth: 160,
          cell: ({ database, table, kind }) => (
            <span className="long">
              {table === undefined ? database : `${database}.${table}`}
              {kind && (
                <Box variant="small" color="text-body-secondary" display="block">
                  {kind}
                </Box>
              )}
            </span>
          ),
        },
        {
          id: 'outcome',
          header: 'Result',
          minWidth: 200,
          cell: ({ outcome, detail }) => (
            <>
              <StatusIndicator type={OUTCOMES[outcome].type}>{OUTCOMES[outcome].text}</StatusIndicator>
              {detail && (
                <Box variant="small" display="block">
                  <span className="long">{detail}</span>
                </Box>
              )}
            </>
          ),
        },
        { id: 'rows', minWidth: 120, header: 'Rows', cell: ({ rows }) => formatCount(rows) },
        {
          id: 'keyValues',
          minWidth: 130,
          header: 'Keys with indexes',
          cell: ({ keyValues }) => formatCount(keyValues),
        },
        {
          id: 'checksum',
          header: 'Checksum',
          minWidth: 190,
          cell: ({ checksum = '–' }) => <span className="long">{checksum}</span>,
        },
      ]}
    />
  );
}

/** Of a drill by a release that kept no list of tables. */
function Differences({ evidence }: { evidence: NonNullable<BackupRecord['evidence']> }) {
  const differences = [
    ...evidence.mismatches.map((text) => ({ kind: 'Differs', text })),
    ...(evidence.notCompared ?? []).map((text) => ({ kind: 'Not compared', text })),
    ...(evidence.changedByRestore ?? []).map((text) => ({ kind: 'Changed by TiDB', text })),
  ];
  if (differences.length === 0) return null;
  return (
    <Table
      wrapLines
      items={differences}
      columnDefinitions={[
        { id: 'kind', minWidth: 120, header: 'What', cell: ({ kind }) => kind },
        {
          id: 'text',
          header: 'Table',
          isRowHeader: true,
          cell: ({ text }) => <span className="long">{text}</span>,
        },
      ]}
    />
  );
}
