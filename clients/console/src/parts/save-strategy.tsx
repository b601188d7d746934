import type { ReactNode } from 'react';
import { type Schemas, useConsole } from '../api.ts';
import { PlannedChange } from './planned-change.tsx';

interface SaveStrategyProps {
  title: string;
  clusterId: string;
  body: Schemas['SaveStrategyRequest'];
  disabled: boolean;
  explanation?: ReactNode;
  saved(): void;
}

/** The button that saves a cluster's strategy, for those who may. */
export function SaveStrategy({ clusterId, body, saved, ...button }: SaveStrategyProps) {
  const { api, may } = useConsole();
  if (!may('backup:write')) return null;
  const route = 'PUT /clusters/{clusterId}/strategy';
  const input = { path: { clusterId }, body };
  return (
    <PlannedChange
      {...button}
      variant="primary"
      plan={() => api.plan(route, input)}
      act={async () => {
        await api.call(route, input);
        saved();
      }}
    />
  );
}
