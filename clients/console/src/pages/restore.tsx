import Autosuggest from '@cloudscape-design/components/autosuggest';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import Textarea from '@cloudscape-design/components/textarea';
import Wizard from '@cloudscape-design/components/wizard';
import { useState } from 'react';
import type { Client } from '../../../typescript/client.ts';
import { firstOf, useAction, useConsole, useData } from '../api.ts';
import { link } from '../logic/route.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { type AnyPlan, PlanView } from '../parts/plan-view.tsx';

type Target = 'cluster' | 'new' | 'drill';

interface Wishes {
  target: Target;
  clusterId: string;
  clusterName: string;
  /** One table or database per line; empty for everything. */
  scope: string;
  assertions: string;
}

/** Asks for the target and the scope, then shows the plan. */
export default function RestorePage({ backupId }: { backupId: string }) {
  const { api } = useConsole();
  const [step, setStep] = useState(0);
  const [wishes, setWishes] = useState<Wishes>({
    target: 'cluster',
    clusterId: '',
    clusterName: '',
    scope: '',
    assertions: '',
  });
  const change = (part: Partial<Wishes>) => setWishes((before) => ({ ...before, ...part }));
  const clusters = useData('clusters', async (signal) => {
    const { data } = await firstOf(api.pages('GET /clusters', { query: { pageSize: 100 } }, { signal }));
    return data.clusters;
  });
  const action = useAction(async () => {
    location.hash = link('workflows', await start(api, backupId, wishes));
  });
  const isReady =
    wishes.target === 'drill' || (wishes.target === 'cluster' ? wishes.clusterId : wishes.clusterName) !== '';
  const plan = useData(step === 2 ? `plan ${JSON.stringify(wishes)}` : 'no plan', async () =>
    step === 2 ? await planOf(api, backupId, wishes) : undefined,
  );
  const options = (clusters.data ?? []).map(({ clusterId, clusterName }) => ({
    value: clusterId,
    label: clusterName,
    description: clusterId,
  }));
  return (
    <Wizard
      activeStepIndex={step}
      isLoadingNextStep={action.isRunning}
      allowSkipTo
      submitButtonText={wishes.target === 'drill' ? 'Start the drill' : 'Start the restore'}
      i18nStrings={{
        navigationAriaLabel: 'Steps',
        stepNumberLabel: (n) => `Step ${n}`,
        collapsedStepsLabel: (n, count) => `Step ${n} of ${count}`,
        optional: 'optional',
        skipToButtonLabel: ({ title }) => `Skip to: ${title}`,
      }}
      onCancel={() => {
        location.hash = link('backups', backupId);
      }}
      onNavigate={({ detail }) => {
        if (detail.requestedStepIndex === 0 || isReady) setStep(detail.requestedStepIndex);
      }}
      onSubmit={() => {
        if (plan.data?.conflicts.length === 0) action.run();
      }}
      steps={[
        {
          title: 'Where to',
          content: (
            <Container header={<Header variant="h2">Where to</Header>}>
              <SpaceBetween size="l">
                <ErrorAlert error={clusters.error} retry={clusters.refresh} />
                <RadioGroup
                  ariaLabel="Where to"
                  value={wishes.target}
                  onChange={({ detail }) =>
                    change({ target: TARGETS.find((each) => each === detail.value) ?? 'cluster' })
                  }
                  items={[
                    {
                      value: 'cluster',
                      label: 'A registered cluster',
                      description: 'It must hold none of the tables.',
                    },
                    { value: 'new', label: 'A new cluster', description: "The tenant's provisioner creates it." },
                    {
                      value: 'drill',
                      label: 'A drill',
                      description: 'Into a throwaway cluster, compared table by table, then destroyed.',
                    },
                  ]}
                />
                {wishes.target === 'cluster' && (
                  <FormField
                    label="Cluster"
                    errorText={wishes.clusterId === '' && step > 0 ? 'Choose a cluster.' : undefined}
                  >
                    <Autosuggest
                      ariaLabel="Cluster"
                      placeholder="Choose a cluster, or enter its id"
                      enteredTextLabel={(id) => `Use the id ${id}`}
                      value={wishes.clusterId}
                      options={options}
                      onChange={({ detail }) => change({ clusterId: detail.value.trim() })}
                    />
                  </FormField>
                )}
                {wishes.target === 'new' && (
                  <FormField label="Name of the new cluster">
                    <Input
                      ariaLabel="Name of the new cluster"
                      value={wishes.clusterName}
                      onChange={({ detail }) => change({ clusterName: detail.value })}
                    />
                  </FormField>
                )}
              </SpaceBetween>
            </Container>
          ),
        },
        {
          title: 'What',
          isOptional: true,
          content: (
            <Container header={<Header variant="h2">What</Header>}>
              {wishes.target === 'drill' ? (
                <FormField label="Assertions" description="One query per line; its first column must be true.">
                  <Textarea
                    ariaLabel="Assertions"
                    value={wishes.assertions}
                    onChange={({ detail }) => change({ assertions: detail.value })}
                  />
                </FormField>
              ) : (
                <FormField
                  label="Tables"
                  description="One per line, such as shop.orders. Empty: everything that the backup holds."
                >
                  <Textarea
                    ariaLabel="Tables"
                    value={wishes.scope}
                    onChange={({ detail }) => change({ scope: detail.value })}
                  />
                </FormField>
              )}
            </Container>
          ),
        },
        {
          title: 'Plan',
          content: (
            <Container header={<Header variant="h2">What would happen</Header>}>
              <SpaceBetween size="m">
                {plan.isLoading && <Spinner />}
                {plan.data && <PlanView plan={plan.data} />}
                {!isReady && <Box>Choose where to restore first.</Box>}
                <ErrorAlert error={plan.error ?? action.error} />
              </SpaceBetween>
            </Container>
          ),
        },
      ]}
    />
  );
}

const TARGETS: readonly Target[] = ['cluster', 'new', 'drill'];

function bodies(backupId: string, { clusterName, scope, assertions }: Wishes) {
  const tables = linesOf(scope);
  return {
    restore: { backupId, ...(tables.length > 0 && { scope: { tables } }) },
    new: { backupId, clusterName, ...(tables.length > 0 && { scope: { tables } }) },
    drill: { assertions: linesOf(assertions) },
  };
}

async function planOf(api: Client, backupId: string, wishes: Wishes): Promise<AnyPlan> {
  const body = bodies(backupId, wishes);
  switch (wishes.target) {
    case 'cluster':
      return await api.plan('POST /clusters/{clusterId}/restore', {
        path: { clusterId: wishes.clusterId },
        body: body.restore,
      });
    case 'new':
      return await api.plan('POST /clusters/restore', { body: body.new });
    case 'drill':
      return await api.plan('POST /backups/{backupId}/drill', { path: { backupId }, body: body.drill });
  }
}

/** @returns the workflow */
async function start(api: Client, backupId: string, wishes: Wishes): Promise<string> {
  const body = bodies(backupId, wishes);
  switch (wishes.target) {
    case 'cluster': {
      const input = { path: { clusterId: wishes.clusterId }, body: body.restore };
      return (await api.call('POST /clusters/{clusterId}/restore', input)).workFlowId;
    }
    case 'new':
      return (await api.call('POST /clusters/restore', { body: body.new })).workFlowId;
    case 'drill':
      return (await api.call('POST /backups/{backupId}/drill', { path: { backupId }, body: body.drill })).workFlowId;
  }
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
