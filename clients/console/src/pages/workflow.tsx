import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useConsole, useData } from '../api.ts';
import { formatTime } from '../logic/format.ts';
import { alarmOf } from '../logic/runbook.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { NotLoaded } from '../parts/not-loaded.tsx';
import { Status } from '../parts/status.tsx';
import { Subject } from '../parts/subject.tsx';
import { WhatToDo } from '../parts/what-to-do.tsx';
import { WorkflowDiagram } from '../parts/workflow-diagram.tsx';

export default function WorkflowPage({ workFlowId }: { workFlowId: string }) {
  const { api } = useConsole();
  const { data, error, refresh } = useData(
    `workflow ${workFlowId}`,
    (signal) => api.call('GET /workflow/{workFlowId}', { path: { workFlowId } }, { signal }),
    ({ info }) => (info.status === 'Processing' || info.status === 'Initializing' ? 2_000 : undefined),
  );
  if (data === undefined) return <NotLoaded {...{ error, refresh }} />;
  const { info, nodes, nodeNames } = data;
  const alarm = info.status === 'Error' ? alarmOf(info.name) : undefined;
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={<span className="id">{info.id}</span>}>
        {info.name}
      </Header>
      <ErrorAlert error={error} retry={refresh} />
      <Container header={<Header variant="h2">Summary</Header>}>
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'Status', value: <Status status={info.status} /> },
            { label: 'About', value: <Subject {...info} /> },
            { label: 'Started', value: formatTime(info.createTime) },
            {
              label: info.status === 'Processing' ? 'Doing' : 'Updated',
              value: info.step ?? formatTime(info.updateTime),
            },
          ]}
        />
      </Container>
      <Container header={<Header variant="h2">Nodes</Header>}>
        <WorkflowDiagram nodes={nodes} nodeNames={nodeNames} now={Date.now()} />
      </Container>
      {alarm && (
        <Container header={<Header variant="h2">What to do: {alarm}</Header>}>
          <WhatToDo alarm={alarm} />
        </Container>
      )}
    </SpaceBetween>
  );
}
