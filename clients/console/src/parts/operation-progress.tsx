import Box from '@cloudscape-design/components/box';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { formatDuration } from '../logic/format.ts';
import { timeLeft } from '../logic/health.ts';

interface OperationProgressProps {
  label: string;
  since: string | undefined;
  progress?: number | undefined;
  step?: string | undefined;
  now: number;
}

/** A running operation: its progress, its current step, and the time left. */
export function OperationProgress({ label, since, progress, step, now }: OperationProgressProps) {
  if (progress === undefined) {
    return (
      <>
        <StatusIndicator type="in-progress">{label}</StatusIndicator>
        {step !== undefined && <Box color="text-body-secondary">{step}</Box>}
      </>
    );
  }
  const left = since === undefined ? undefined : timeLeft(since, progress, now);
  return (
    <ProgressBar
      value={Math.round(progress)}
      label={label}
      additionalInfo={[step, left !== undefined && `about ${formatDuration(left)} left`].filter(Boolean).join(' · ')}
    />
  );
}
