import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { type ReactNode, useState } from 'react';
import { useAction, useData } from '../api.ts';
import { ErrorAlert } from './error-alert.tsx';
import { type AnyPlan, PlanView } from './plan-view.tsx';

interface PlannedChangeProps {
  /** Label of the button, and of the dialog that it opens. */
  title: string;
  variant?: 'primary' | 'normal';
  disabled?: boolean;
  explanation?: ReactNode;
  plan(): Promise<AnyPlan>;
  act(): Promise<void>;
}

/** A button whose dialog shows the plan before anything changes. */
export function PlannedChange({ title, variant = 'normal', disabled = false, ...change }: PlannedChangeProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant={variant} disabled={disabled} onClick={() => setOpen(true)}>
        {title}
      </Button>
      {isOpen && <PlanDialog title={title} {...change} close={() => setOpen(false)} />}
    </>
  );
}

/** A dialog that shows the plan of a change, and the button that carries it out. */
export function PlanDialog({
  title,
  explanation,
  plan,
  act,
  close,
}: Omit<PlannedChangeProps, 'variant' | 'disabled'> & { close(): void }) {
  const planned = useData(title, () => plan());
  const action = useAction(async () => {
    await act();
    close();
  });
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              Back
            </Button>
            <Button
              variant="primary"
              loading={action.isRunning}
              disabled={planned.data === undefined || planned.data.conflicts.length > 0}
              onClick={() => action.run()}
            >
              {title}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {explanation}
        {planned.data && <PlanView plan={planned.data} />}
        {planned.isLoading && <Spinner />}
        <ErrorAlert error={planned.error ?? action.error} />
      </SpaceBetween>
    </Modal>
  );
}
