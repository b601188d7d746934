import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { formatBytes, formatDuration, formatTime, formatUsd } from '../logic/format.ts';

/** What all plans have in common. */
export interface AnyPlan {
  readonly conflicts: readonly { readonly code: number; readonly message: string }[];
  readonly checksLeft?: readonly string[];
  readonly changes?: readonly string[];
  readonly durationSeconds?: number;
  readonly durationBasis?: string;
  readonly executor?: string;
  readonly executorReason?: string;
  readonly sizeBytes?: string;
  readonly nextRuns?: readonly string[];
  readonly accounts?: string;
  readonly chain?: readonly unknown[];
  readonly deletes?: readonly unknown[];
  readonly writes?: readonly string[];
  readonly cost?: { readonly onceUsd: number; readonly perMonthUsd: number; readonly pricesRegion: string };
}

/** What a change would do, according to the API. */
export function PlanView({ plan }: { plan: AnyPlan }) {
  const rows: { label: string; value: string | undefined }[] = [
    {
      label: 'Takes',
      value: plan.durationSeconds === undefined ? undefined : `about ${formatDuration(plan.durationSeconds * 1_000)}`,
    },
    { label: 'Size', value: plan.sizeBytes === undefined ? undefined : formatBytes(plan.sizeBytes) },
    { label: 'Costs once', value: plan.cost && formatUsd(plan.cost.onceUsd) },
    { label: 'Costs a month', value: plan.cost && formatUsd(plan.cost.perMonthUsd) },
    { label: 'Runs on', value: plan.executor && `${plan.executor}: ${plan.executorReason}` },
    { label: 'Backups restored', value: plan.chain && String(plan.chain.length) },
    { label: 'Backups deleted', value: plan.deletes && String(plan.deletes.length) },
    { label: 'Users and grants', value: plan.accounts },
  ];
  const known = rows.flatMap(({ label, value }) => (value === undefined ? [] : [{ label, value }]));
  return (
    <SpaceBetween size="m">
      {plan.conflicts.length > 0 ? (
        <Alert type="error" header="This would be refused now" statusIconAriaLabel="Error">
          {plan.conflicts.map(({ code, message }) => (
            <div key={message}>
              {message} ({code})
            </div>
          ))}
        </Alert>
      ) : (
        <Alert type="success" statusIconAriaLabel="Success">
          Nothing prevents this at the moment.
        </Alert>
      )}
      {known.length > 0 && <KeyValuePairs columns={2} items={known} />}
      <List title="Changes" items={plan.changes} />
      <List title="Next runs" items={plan.nextRuns?.map((run) => formatTime(run))} />
      <List title="Checked only when it runs" items={plan.checksLeft} />
    </SpaceBetween>
  );
}

function List({ title, items = [] }: { title: string; items?: readonly string[] | undefined }) {
  if (items.length === 0) return null;
  return (
    <div>
      <Box variant="awsui-key-label">{title}</Box>
      <ul>
        {items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    </div>
  );
}
