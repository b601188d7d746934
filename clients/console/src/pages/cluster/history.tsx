import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import LineChart from '@cloudscape-design/components/line-chart';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { type MissedWindow, type PastBackup, type Strategy, useConsole, useData } from '../../api.ts';
import { formatBytes, formatDuration, formatInZones, formatTime } from '../../logic/format.ts';
import { WEEKDAYS, weekdaysOf } from '../../logic/schedule.ts';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { TimelineChart } from '../../parts/timeline-chart.tsx';
import { WhatToDo } from '../../parts/what-to-do.tsx';

const DAY_MS = 86_400_000;
const RANGES = [7, 30, 90, 365] as const;

export function ClusterHistory({
  clusterId,
  strategy,
  isBusy,
}: {
  clusterId: string;
  strategy: Strategy;
  isBusy: boolean;
}) {
  const { api } = useConsole();
  const [days, setDays] = useState(30);
  const { data, error, refresh } = useData(`history ${clusterId} ${days} ${isBusy}`, async (signal) => {
    const to = Date.now();
    const from = to - days * DAY_MS;
    const query = { startTime: Math.floor(from / 1_000) };
    const history = await api.call('GET /clusters/{clusterId}/history', { path: { clusterId }, query }, { signal });
    return { ...history, range: { from, to } };
  });
  const finished = (data?.backups ?? []).filter(({ status }) => status === 'Finished').reverse();
  return (
    <SpaceBetween size="l">
      <ErrorAlert error={error} retry={refresh} />
      {isRecent(strategy.lastMissed) && (
        <Alert
          type="warning"
          header={`No backup was started in the window of ${formatInZones(strategy.lastMissed.start, strategy.timezone)}`}
          statusIconAriaLabel="Warning"
        >
          <Box variant="p">{strategy.lastMissed.reason}</Box>
          <ExpandableSection headerText="What to do">
            <WhatToDo alarm="WindowMissed" />
          </ExpandableSection>
        </Alert>
      )}
      <Container
        header={
          <Header
            variant="h2"
            description={describeWindows(strategy)}
            actions={
              <SegmentedControl
                label="Time range"
                selectedId={String(days)}
                onChange={({ detail }) => setDays(Number(detail.selectedId))}
                options={RANGES.map((range) => ({
                  id: String(range),
                  text: range === 365 ? '1 year' : `${range} days`,
                }))}
              />
            }
          >
            Timeline
          </Header>
        }
      >
        {data?.since !== undefined && (
          <Alert type="info" statusIconAriaLabel="Info">
            There are more backups than fit: those since {formatTime(data.since)} are shown.
          </Alert>
        )}
        {data === undefined ? (
          <Box>Loading…</Box>
        ) : (
          <TimelineChart
            backups={data.backups}
            missed={data.missedWindows}
            range={data.range}
            timeZone={strategy.timezone}
          />
        )}
      </Container>
      {finished.length > 0 && (
        <ColumnLayout columns={3} minColumnWidth={280}>
          <Chart
            title="Size"
            backups={finished}
            measure={({ sizeBytes }) => (sizeBytes === undefined ? undefined : Number(sizeBytes))}
            format={formatBytes}
          />
          <Chart
            title="Duration"
            backups={finished}
            measure={({ startTime, endTime }) =>
              startTime === undefined || endTime === undefined ? undefined : Date.parse(endTime) - Date.parse(startTime)
            }
            format={formatDuration}
          />
          <Chart
            title="Recovery time, as measured by drills"
            backups={finished}
            measure={({ recoverySeconds }) => (recoverySeconds === undefined ? undefined : recoverySeconds * 1_000)}
            format={formatDuration}
          />
        </ColumnLayout>
      )}
    </SpaceBetween>
  );
}

function isRecent(missed: MissedWindow | undefined): missed is MissedWindow {
  return missed !== undefined && Date.now() - Date.parse(missed.end) < 7 * DAY_MS;
}

/** In both zones, if the viewer's differs. */
function describeWindows({ backupDate, period, timezone, paused, nextRuns }: Strategy): string {
  if (backupDate === '') return 'No automatic backups';
  const [next] = nextRuns;
  const coming = next === undefined ? '' : `; next ${formatInZones(next, timezone)}`;
  const days = weekdaysOf(backupDate).length === WEEKDAYS.length ? 'Every day' : backupDate.replaceAll(',', ', ');
  return `${days}, ${period} ${timezone}${paused ? ', paused' : coming}`;
}

interface ChartProps {
  title: string;
  /** Oldest first. */
  backups: readonly PastBackup[];
  measure(backup: PastBackup): number | undefined;
  format(value: number): string;
}

function Chart({ title, backups, measure, format }: ChartProps) {
  const series = (['full', 'incr'] as const).flatMap((type) => {
    const data = backups.flatMap((backup) => {
      const y = measure(backup);
      return backup.backupType !== type || y === undefined ? [] : [{ x: new Date(backup.createTime), y }];
    });
    const name = type === 'full' ? 'Full' : 'Incremental';
    return data.length === 0 ? [] : [{ type: 'line' as const, title: name, data, valueFormatter: format }];
  });
  return (
    <Container header={<Header variant="h3">{title}</Header>}>
      <LineChart
        series={series}
        xScaleType="time"
        height={180}
        hideFilter
        ariaLabel={title}
        yTickFormatter={format}
        xTickFormatter={(date) => date.toLocaleDateString('en-US', { month: 'short', day: 'numeric' })}
        empty={<Box textAlign="center">Nothing measured in this time range.</Box>}
      />
    </Container>
  );
}
