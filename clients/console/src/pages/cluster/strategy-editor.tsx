import Box from '@cloudscape-design/components/box';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import {
  formatWeekdays,
  parsePeriod,
  parseWeekdays,
  WEEKDAYS,
  type Weekday,
} from '../../../../../functions/domain/strategy/backup-window.ts';
import { isTimeZone } from '../../../../../functions/domain/strategy/time-zone.ts';
import { type Strategy, useConsole } from '../../api.ts';
import { formatDuration, formatTime } from '../../logic/format.ts';
import { nextClockChange, previewRuns } from '../../logic/next-runs.ts';
import { PlannedChange } from '../../parts/planned-change.tsx';

const RUNS = 6;
const WEEK_MS = 7 * 86_400_000;

const weekdays = (text: string | undefined): Weekday[] => parseWeekdays(text ?? '') ?? [];

/** The strategy as a form, with its next windows and those around the next change of the clock. */
export function StrategyEditor({
  clusterId,
  strategy,
  saved,
}: {
  clusterId: string;
  strategy: Strategy;
  saved(): void;
}) {
  const { api, may } = useConsole();
  const [days, setDays] = useState(() => weekdays(strategy.backupDate));
  const [fullDays, setFullDays] = useState(() => weekdays(strategy.fullBackupDate));
  const [period, setPeriod] = useState(strategy.period);
  const [timezone, setTimezone] = useState(strategy.timezone);
  const [paused, setPaused] = useState(strategy.paused);
  const [maxAge, setMaxAge] = useState(String(strategy.maxBackupAgeHours ?? ''));
  const [maxVerifiedAge, setMaxVerifiedAge] = useState(String(strategy.maxVerifiedAgeHours ?? ''));

  const parsed = parsePeriod(period);
  const periodError = parsed === undefined ? 'Write it as 22:00-2:00.' : undefined;
  const zoneError = isTimeZone(timezone) ? undefined : 'Name an IANA time zone, such as Europe/Berlin.';
  const fullError = fullDays.every((day) => days.includes(day)) ? undefined : 'Choose among the backup days.';
  const isValid = [periodError, zoneError, fullError, hoursError(maxAge), hoursError(maxVerifiedAge)].every(
    (error) => error === undefined,
  );
  const { nextRuns, lastMissed: _, lastCanceled: __, clusterId: ___, fullBackupDate: ____, ...kept } = strategy;
  const followsZone = timezone === strategy.timezone;
  const body = {
    strategy: {
      ...kept,
      backupDate: formatWeekdays(days),
      period,
      paused,
      timezone,
      // Sent back, they say that the zone keeps following the cluster's.
      ...(followsZone && { nextRuns }),
      ...(fullDays.length > 0 && { fullBackupDate: formatWeekdays(fullDays) }),
      maxBackupAgeHours: maxAge === '' ? undefined : Number(maxAge),
      maxVerifiedAgeHours: maxVerifiedAge === '' ? undefined : Number(maxVerifiedAge),
    },
  };
  const route = 'PUT /clusters/{clusterId}/strategy';
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              may('backup:write') && (
                <PlannedChange
                  title="Save the strategy"
                  variant="primary"
                  disabled={!isValid}
                  plan={() => api.plan(route, { path: { clusterId }, body })}
                  act={async () => {
                    await api.call(route, { path: { clusterId }, body });
                    saved();
                  }}
                />
              )
            }
          >
            Automatic backups
          </Header>
        }
      >
        <SpaceBetween size="m">
          <FormField label="Days" description="None: no automatic backup.">
            <Days selected={days} choose={setDays} label="Days" />
          </FormField>
          <FormField
            label="Days of full backups"
            description="On the others, backups are incremental. None: always full."
            errorText={fullError}
          >
            <Days selected={fullDays} choose={setFullDays} label="Days of full backups" />
          </FormField>
          <FormField
            label="Window"
            description="When a backup may start, on the clock of the time zone."
            errorText={periodError}
          >
            <Input value={period} onChange={({ detail }) => setPeriod(detail.value)} ariaLabel="Window" />
          </FormField>
          <FormField label="Time zone" errorText={zoneError}>
            <Input value={timezone} onChange={({ detail }) => setTimezone(detail.value)} ariaLabel="Time zone" />
          </FormField>
          <FormField
            label="Alarm without a backup for"
            description="Hours. Empty: never."
            errorText={hoursError(maxAge)}
          >
            <Input
              value={maxAge}
              inputMode="numeric"
              onChange={({ detail }) => setMaxAge(detail.value)}
              ariaLabel="Alarm without a backup for"
            />
          </FormField>
          <FormField
            label="Alarm without a verified backup for"
            description="Hours. Empty: never."
            errorText={hoursError(maxVerifiedAge)}
          >
            <Input
              value={maxVerifiedAge}
              inputMode="numeric"
              onChange={({ detail }) => setMaxVerifiedAge(detail.value)}
              ariaLabel="Alarm without a verified backup for"
            />
          </FormField>
          <Checkbox checked={paused} onChange={({ detail }) => setPaused(detail.checked)}>
            Paused
          </Checkbox>
        </SpaceBetween>
      </Container>
      {parsed !== undefined && zoneError === undefined && (
        <Runs schedule={{ weekdays: days, period: parsed, timezone }} paused={paused} />
      )}
    </SpaceBetween>
  );
}

function hoursError(text: string): string | undefined {
  if (text === '') return undefined;
  const hours = Number(text);
  return Number.isInteger(hours) && hours >= 1 && hours <= 8_784 ? undefined : 'Write a whole number from 1 to 8784.';
}

function Days({
  selected,
  choose,
  label,
}: {
  selected: readonly Weekday[];
  choose(days: Weekday[]): void;
  label: string;
}) {
  return (
    <Multiselect
      ariaLabel={label}
      placeholder="Choose days"
      selectedOptions={selected.map((day) => ({ label: day, value: day }))}
      options={WEEKDAYS.map((day) => ({ label: day, value: day }))}
      onChange={({ detail }) => {
        const chosen = detail.selectedOptions.map(({ value }) => value);
        choose(WEEKDAYS.filter((day) => chosen.includes(day)));
      }}
    />
  );
}

function Runs({ schedule, paused }: { schedule: Parameters<typeof previewRuns>[0]; paused: boolean }) {
  const [now] = useState(() => Date.now());
  if (schedule.weekdays.length === 0 || paused) return <Box>No backup starts by itself.</Box>;
  const change = nextClockChange(schedule.timezone, now);
  const coming = previewRuns(schedule, now, RUNS);
  const around =
    change === undefined
      ? []
      : previewRuns(schedule, change - WEEK_MS, 40).filter(({ start }) => start < change + WEEK_MS);
  return (
    <SpaceBetween size="l">
      <RunTable title="Next windows" runs={coming} zone={schedule.timezone} />
      {change !== undefined && (
        <RunTable
          title="Around the next change of the clock"
          description={`${schedule.timezone}: ${formatTime(change, schedule.timezone)}`}
          runs={around}
          zone={schedule.timezone}
        />
      )}
    </SpaceBetween>
  );
}

function RunTable({
  title,
  description,
  runs,
  zone,
}: {
  title: string;
  description?: string;
  runs: ReturnType<typeof previewRuns>;
  zone: string;
}) {
  return (
    <Table
      wrapLines
      items={runs}
      header={
        <Header variant="h3" {...(description !== undefined && { description })}>
          {title}
        </Header>
      }
      columnDefinitions={[
        { id: 'start', header: 'Opens', isRowHeader: true, cell: ({ start }) => formatTime(start, zone) },
        { id: 'end', header: 'Closes', cell: ({ end }) => formatTime(end, zone) },
        { id: 'yours', header: 'Opens, your time', cell: ({ start }) => formatTime(start) },
        {
          id: 'length',
          header: 'Length',
          cell: ({ start, end, clockChange }) => (
            <>
              {formatDuration(end - start)}
              {clockChange !== undefined && (
                <Box color="text-status-warning" display="block">
                  {clockChange}
                </Box>
              )}
            </>
          ),
        },
      ]}
    />
  );
}
