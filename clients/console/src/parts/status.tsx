import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

const TYPES: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  Initializing: 'pending',
  Processing: 'in-progress',
  Finished: 'success',
  Failed: 'error',
  Error: 'error',
  Canceled: 'stopped',
  Deleting: 'loading',
  passed: 'success',
  warning: 'warning',
  failed: 'error',
};

/** The status of a backup, workflow, node or check, as the API names it. */
export function Status({ status, text }: { status: string; text?: string }) {
  return (
    <StatusIndicator type={TYPES[status] ?? 'info'}>
      <span className="words">{text ?? status}</span>
    </StatusIndicator>
  );
}
