import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { type Schemas, type Strategy, useConsole, useData } from '../../api.ts';
import { formatBytes, formatTime } from '../../logic/format.ts';
import { link } from '../../logic/route.ts';
import { savable } from '../../logic/strategy-body.ts';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { SaveStrategy } from '../../parts/save-strategy.tsx';
import { TimelineChart } from '../../parts/timeline-chart.tsx';

const FIELDS = [
  ['keepLast', 'Keep the last'],
  ['keepDaily', 'Keep daily'],
  ['keepWeekly', 'Keep weekly'],
  ['keepMonthly', 'Keep monthly'],
  ['keepYearly', 'Keep yearly'],
  ['maxAgeDays', 'Remove after days'],
] as const;
type Field = (typeof FIELDS)[number][0];
type Rule = Partial<Record<Field, number>>;
type Decision = Schemas['RetentionDecision'];

/** With the cluster and its strategy, five requests at most. */
const PAGES = 3;

export function RetentionEditor({
  clusterId,
  strategy,
  saved,
}: {
  clusterId: string;
  strategy: Strategy;
  saved(): void;
}) {
  const { api } = useConsole();
  const [texts, setTexts] = useState<Partial<Record<Field, string>>>(() =>
    Object.fromEntries(Object.entries(strategy.retention ?? {}).map(([field, value]) => [field, String(value)])),
  );
  const rule = ruleOf(texts);
  const [shown, setShown] = useState<Rule>(strategy.retention ?? {});
  const { data, error, isLoading, refresh } = useData(
    `retention ${clusterId} ${JSON.stringify(shown)}`,
    async (signal) => {
      const decisions: Decision[] = [];
      let totals: { toRemove: number; toKeep: number; bytesToRemove: string } | undefined;
      let requests = 0;
      const input = { path: { clusterId }, query: { ...shown, pageSize: 100 } };
      for await (const { data } of api.pages('GET /clusters/{clusterId}/retention/preview', input, { signal })) {
        decisions.push(...data.decisions);
        totals = data;
        requests += 1;
        if (requests === PAGES) break;
      }
      return { decisions, totals };
    },
  );
  const { retention: _, ...kept } = savable(strategy);
  const body = { strategy: { ...kept, ...(Object.keys(shown).length > 0 && { retention: shown }) } };
  const isShown = JSON.stringify(rule) === JSON.stringify(shown);
  const decisions = data?.decisions ?? [];
  const toRemove = decisions.filter(({ action }) => action === 'remove');
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            description="Each number works alone: a backup stays if one of them keeps it. All empty: every automatic backup stays."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={rule === undefined || isShown} onClick={() => rule && setShown(rule)}>
                  Preview
                </Button>
                <SaveStrategy
                  title="Save the rule"
                  disabled={!isShown || data === undefined}
                  explanation={
                    data?.totals &&
                    `${data.totals.toRemove} backups would be removed, ${data.totals.toKeep} would stay.`
                  }
                  {...{ clusterId, body, saved }}
                />
              </SpaceBetween>
            }
          >
            Retention
          </Header>
        }
      >
        <ColumnLayout columns={3} minColumnWidth={160}>
          {FIELDS.map(([field, label]) => (
            <FormField
              key={field}
              label={label}
              errorText={isCount(texts[field]) ? undefined : 'Enter a whole number from 1.'}
            >
              <Input
                ariaLabel={label}
                inputMode="numeric"
                value={texts[field] ?? ''}
                onChange={({ detail }) => setTexts({ ...texts, [field]: detail.value })}
              />
            </FormField>
          ))}
        </ColumnLayout>
      </Container>
      <ErrorAlert error={error} retry={refresh} />
      {data !== undefined && (
        <Container
          header={
            <Header
              variant="h2"
              description={
                data.totals &&
                `${data.totals.toKeep} would stay, ${data.totals.toRemove} would be removed (${formatBytes(data.totals.bytesToRemove)})`
              }
            >
              What would stay and what would be removed
            </Header>
          }
        >
          {decisions.length === 0 ? (
            <p className="empty">There are no backups yet.</p>
          ) : (
            <TimelineChart
              backups={decisions}
              missed={[]}
              range={rangeOf(decisions)}
              timeZone={strategy.timezone}
              fates={new Map(decisions.map(({ backupId, action }) => [backupId, action]))}
            />
          )}
        </Container>
      )}
      <Table
        wrapLines
        loading={isLoading && data === undefined}
        loadingText="Loading the preview"
        items={toRemove.slice(0, 100)}
        trackBy="backupId"
        header={<Header variant="h3">Would be removed</Header>}
        empty={<Box textAlign="center">Nothing would be removed.</Box>}
        columnDefinitions={[
          {
            id: 'created',
            minWidth: 170,
            header: 'Backup',
            isRowHeader: true,
            cell: ({ backupId, createTime }) => (
              <Link href={link('backups', backupId)}>{formatTime(createTime, strategy.timezone)}</Link>
            ),
          },
          { id: 'size', minWidth: 100, header: 'Size', cell: ({ sizeBytes }) => formatBytes(sizeBytes) },
          {
            id: 'why',
            minWidth: 180,
            header: 'Why',
            cell: ({ reasons }) => <StatusIndicator type="warning">{reasons.join('; ')}</StatusIndicator>,
          },
        ]}
      />
    </SpaceBetween>
  );
}

function isCount(text = ''): boolean {
  return /^([1-9]\d{0,4})?$/.test(text);
}

function ruleOf(texts: Partial<Record<Field, string>>): Rule | undefined {
  if (!FIELDS.every(([field]) => isCount(texts[field]))) return undefined;
  return Object.fromEntries(FIELDS.flatMap(([field]) => (texts[field] ? [[field, Number(texts[field])]] : [])));
}

function rangeOf(decisions: readonly Decision[]): { from: number; to: number } {
  const times = decisions.map(({ createTime }) => Date.parse(createTime));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const margin = Math.max(3_600_000, (to - from) * 0.02);
  return { from: from - margin, to: to + margin };
}
