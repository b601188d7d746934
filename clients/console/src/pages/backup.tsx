import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type BackupRecord, type Schemas, useConsole, useData } from '../api.ts';
import { formatBytes, formatDuration, formatTime, formatType, formatUsd, timeOf } from '../logic/format.ts';
import { link } from '../logic/route.ts';
import { DrillEvidence } from '../parts/drill-evidence.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { NotLoaded } from '../parts/not-loaded.tsx';
import { OperationProgress } from '../parts/operation-progress.tsx';
import { PlannedChange } from '../parts/planned-change.tsx';
import { Status } from '../parts/status.tsx';
import { WhatToDo } from '../parts/what-to-do.tsx';
import { WorkflowDiagram } from '../parts/workflow-diagram.tsx';

const hasEnded = ({ status }: BackupRecord) =>
  status !== 'Initializing' && status !== 'Processing' && status !== 'Deleting';

export default function BackupPage({ backupId }: { backupId: string }) {
  const { api } = useConsole();
  const { data, error, refresh } = useData(
    `backup ${backupId}`,
    async (signal) => {
      const [{ backupRecords }, evidence, workflow] = await Promise.all([
        api.call('GET /backups', { query: { backupId } }, { signal }),
        api.call('GET /backups/{backupId}/evidence', { path: { backupId } }, { signal }),
        // Step Functions keeps histories for 90 days.
        api.call('GET /workflow/{workFlowId}', { path: { workFlowId: backupId } }, { signal }).catch(() => undefined),
      ]);
      const [record] = backupRecords;
      if (record === undefined) throw new Error(`There is no backup ${backupId}. It may have been deleted.`);
      return { record, ...evidence, workflow };
    },
    ({ record }) => (hasEnded(record) ? undefined : 2_000),
  );
  if (data === undefined) return <NotLoaded {...{ error, refresh }} />;
  const { record, evidence, perMonthUsd, drillTables, workflow } = data;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={<span className="id">{record.id}</span>}
        actions={<Actions record={record} refresh={refresh} />}
      >
        Backup of {formatTime(record.createTime)}
      </Header>
      <ErrorAlert error={error} retry={refresh} />
      {!hasEnded(record) && record.status !== 'Deleting' && (
        <OperationProgress
          label="Backing up"
          since={timeOf(record.startTime) === undefined ? undefined : record.startTime}
          progress={record.progress}
          step={record.step}
          now={Date.now()}
        />
      )}
      {record.error && (
        <Alert
          type="error"
          header={<span className="long">{record.error.message}</span>}
          statusIconAriaLabel="Error"
          action={record.status === 'Failed' && <RestoreInstead clusterId={record.clusterId} />}
        >
          {record.status === 'Failed' && <WhatToDo alarm="BackupFailed" />}
        </Alert>
      )}
      <Record record={record} perMonthUsd={perMonthUsd} />
      <Chain evidence={evidence} />
      <Container header={<Header variant="h2">Drill</Header>}>
        <DrillEvidence {...{ record, drillTables }} />
      </Container>
      {workflow && (
        <Container header={<Header variant="h2">What happened</Header>}>
          <SpaceBetween size="m">
            <Events record={record} />
            <WorkflowDiagram nodes={workflow.nodes} nodeNames={workflow.nodeNames} now={Date.now()} />
          </SpaceBetween>
        </Container>
      )}
    </SpaceBetween>
  );
}

function Actions({ record, refresh }: { record: BackupRecord; refresh(): void }) {
  const { api, may } = useConsole();
  const { id: backupId, clusterId, status } = record;
  const isRunning = status === 'Initializing' || status === 'Processing';
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {isRunning && may('backup:write') && (
        <PlannedChange
          title="Cancel the backup"
          plan={() => api.plan('POST /backups/cancel', { body: { clusterId, backupId } })}
          act={async () => {
            await api.call('POST /backups/cancel', { body: { clusterId, backupId } });
            refresh();
          }}
        />
      )}
      {!isRunning && status !== 'Deleting' && may('backup:write') && (
        <PlannedChange
          title="Delete"
          plan={() => api.plan('DELETE /backups/{backupId}', { path: { backupId } })}
          act={async () => {
            await api.call('DELETE /backups/{backupId}', { path: { backupId } });
            refresh();
          }}
        />
      )}
      {status === 'Finished' && may('backup:restore') && (
        <Button variant="primary" href={link('backups', backupId, 'restore')}>
          Restore or drill
        </Button>
      )}
    </SpaceBetween>
  );
}

function Record({ record, perMonthUsd }: { record: BackupRecord; perMonthUsd: number | undefined }) {
  const [start, end] = [timeOf(record.startTime), timeOf(record.endTime)];
  const isFinished = record.status === 'Finished';
  const rows: [string, React.ReactNode][] = [
    ['Status', <Status key="status" status={record.status} />],
    [
      'Cluster',
      <Link key="cluster" href={link('clusters', record.clusterId)}>
        {record.clusterId}
      </Link>,
    ],
    ['Type', formatType(record.backupType, record.backupMode)],
    ['Size', isFinished ? formatBytes(record.sizeBytes) : undefined],
    ['Costs', perMonthUsd === undefined ? undefined : `${formatUsd(perMonthUsd)} a month`],
    ['Files', record.files],
    ['Snapshot (TSO)', isFinished ? record.backupTso : undefined],
    ['Started', start === undefined ? undefined : formatTime(start)],
    ['Took', start === undefined || end === undefined ? undefined : formatDuration(end - start)],
    ['TiDB', record.tidbVersion],
    ['TiDB cluster id', record.tidbClusterId],
    ['New collation', record.newCollationEnabled === undefined ? undefined : yesOrNo(record.newCollationEnabled)],
    ['Ran on', record.executor === 'lambda' ? 'a function' : 'the worker'],
    ['Holds', record.scope === undefined ? 'everything' : JSON.stringify(record.scope)],
    ['Full because', record.fullBecause],
    ['Imported', record.imported && formatTime(record.imported.time)],
    ['Locked until', record.lockedUntil && formatTime(record.lockedUntil)],
    ['Expires', record.expireAt && formatTime(record.expireAt)],
    ['Being deleted because', record.deletionReason],
  ];
  return (
    <Container header={<Header variant="h2">Record</Header>}>
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={4}
          items={rows.flatMap(([label, value]) => (value === undefined ? [] : [{ label, value }]))}
        />
        <KeyValuePairs
          items={[
            { label: 'Path', value: <span className="long">{record.filePath}</span> },
            ...(record.copyPath === undefined
              ? []
              : [
                  {
                    label:
                      record.copiedAt === undefined
                        ? 'Second copy, incomplete'
                        : `Second copy, complete since ${formatTime(record.copiedAt)}`,
                    value: <span className="long">{record.copyPath}</span>,
                  },
                ]),
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}

const yesOrNo = (value: boolean) => (value ? 'yes' : 'no');

/** From a failed backup to the newest one that a drill verified; without any, to the newest. */
function RestoreInstead({ clusterId }: { clusterId: string }) {
  const { api, may } = useConsole();
  const { data } = useData(`to restore of ${clusterId}`, async (signal) => {
    const { backups } = await api.call('GET /clusters/{clusterId}/history', { path: { clusterId } }, { signal });
    const finished = backups.filter(({ status }) => status === 'Finished');
    return { verified: finished.find(({ recoverySeconds }) => recoverySeconds !== undefined), newest: finished[0] };
  });
  const wanted = data?.verified ?? data?.newest;
  if (wanted === undefined || !may('backup:restore')) return null;
  return (
    <Button href={link('backups', wanted.backupId, 'restore')}>
      {data?.verified ? 'Restore the newest verified backup' : 'Restore the newest backup'}
    </Button>
  );
}

function Chain({ evidence }: { evidence: Schemas['BackupEvidence'] }) {
  if (evidence.chain.length < 2 && evidence.chainIncomplete === undefined) return null;
  return (
    <Container
      header={
        <Header variant="h2" description="A restore needs all of them, in this order">
          Chain
        </Header>
      }
    >
      {evidence.chainIncomplete !== undefined && (
        <Alert type="error" statusIconAriaLabel="Error">
          The chain is incomplete: {evidence.chainIncomplete}
        </Alert>
      )}
      <ol>
        {evidence.chain.map(({ backupId, backupTso }, n) => (
          <li key={backupId} className="id">
            <Link href={link('backups', backupId)}>{backupId}</Link> {n === 0 ? 'full' : 'incremental'}
            {backupTso !== undefined && `, TSO ${backupTso}`}
          </li>
        ))}
      </ol>
    </Container>
  );
}

function Events({ record }: { record: BackupRecord }) {
  const events: [string, string | undefined][] = [
    ['Accepted', record.createTime],
    ['First attempt began', record.startTime],
    [record.status === 'Finished' ? 'Finished' : 'Ended', record.endTime],
    ['Second copy found complete', record.copiedAt],
    ['Verified by a drill', record.verifiedAt],
    ['Deletion began', record.deleteTime],
  ];
  return (
    <ol className="events" aria-label="Events">
      {events
        .flatMap(([what, at]) => (at === undefined || timeOf(at) === undefined ? [] : [{ what, at }]))
        .map(({ what, at }) => (
          <li key={what}>
            {what}: {formatTime(at)}
          </li>
        ))}
    </ol>
  );
}
