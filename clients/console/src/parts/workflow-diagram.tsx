import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import type { Schemas } from '../api.ts';
import { formatDuration, formatTime, timeOf } from '../logic/format.ts';
import { Status } from './status.tsx';

type Node = Schemas['WorkFlowNodeInfo'];

/** The nodes of a workflow in the order of a successful run, and others that ran beside them. */
export function WorkflowDiagram({
  nodes,
  nodeNames,
  now,
}: {
  nodes: readonly Node[];
  nodeNames: readonly string[];
  now: number;
}) {
  const ran = nodes.map(({ name }) => name);
  const waiting = nodeNames.filter((name) => !ran.includes(name));
  const isSkipped = nodes.some(({ status }) => status === 'Error' || status === 'Canceled');
  return (
    <ol className="workflow" aria-label="Nodes">
      {nodes.map((node) => (
        <li key={`${node.id}${node.startTime}`} className={`node ${node.status}`}>
          <Box variant="h3">{node.name}</Box>
          <Status status={node.status} />
          <Box color="text-body-secondary" variant="small" display="block">
            {formatTime(node.startTime)} · {formatDuration((timeOf(node.endTime) ?? now) - Date.parse(node.startTime))}
          </Box>
          <Json title="Parameters" text={node.parameters} />
          <Json title="Result" text={node.result} isOpen={node.status === 'Error'} />
        </li>
      ))}
      {waiting.map((name) => (
        <li key={name} className={`node waiting ${isSkipped ? 'skipped' : ''}`}>
          <Box variant="h3" color="text-body-secondary">
            {name}
          </Box>
          <Status status="Initializing" text="Has not run" />
        </li>
      ))}
    </ol>
  );
}

function Json({ title, text, isOpen = false }: { title: string; text: string; isOpen?: boolean }) {
  if (text === '' || text === '{}') return null;
  return (
    <ExpandableSection headerText={title} defaultExpanded={isOpen}>
      <pre>{pretty(text)}</pre>
    </ExpandableSection>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
