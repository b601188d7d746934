import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import type { BackupRecord } from '../api.ts';
import { formatDuration, formatTime } from '../logic/format.ts';
import { link } from '../logic/route.ts';
import { Status } from './status.tsx';

/** What the last drill of a backup compared, difference by difference. */
export function DrillEvidence({ record }: { record: BackupRecord }) {
  const { evidence, lastFailure, recoverySeconds, checksums } = record;
  const differences = [
    ...(evidence?.mismatches ?? []).map((text) => ({ kind: 'Differs', text })),
    ...(evidence?.notCompared ?? []).map((text) => ({ kind: 'Not compared', text })),
    ...(evidence?.changedByRestore ?? []).map((text) => ({ kind: 'Changed by TiDB', text })),
  ];
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
              value: `${evidence.tables} tables, ${BigInt(evidence.rows).toLocaleString('en-US')} rows`,
            },
            {
              label: 'Recovery took',
              value: recoverySeconds === undefined ? '–' : formatDuration(recoverySeconds * 1_000),
            },
          ]}
        />
      )}
      {differences.length > 0 && (
        <Table
          wrapLines
          items={differences}
          columnDefinitions={[
            { id: 'kind', header: 'What', cell: ({ kind }) => kind },
            {
              id: 'text',
              header: 'Table',
              isRowHeader: true,
              cell: ({ text }) => <span className="long">{text}</span>,
            },
          ]}
        />
      )}
      {evidence !== undefined && evidence.assertions.length > 0 && (
        <Table
          wrapLines
          items={evidence.assertions}
          columnDefinitions={[
            {
              id: 'passed',
              header: 'Held',
              cell: ({ passed, error }) => (
                <Status status={passed ? 'passed' : 'failed'} {...(error !== undefined && { text: error })} />
              ),
            },
            {
              id: 'assertion',
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
