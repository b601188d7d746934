import Box from '@cloudscape-design/components/box';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { type Schemas, type Strategy, useConsole, useData } from '../../api.ts';
import { formatDuration, formatTime } from '../../logic/format.ts';
import { describeShift, isPeriod, isTimeZone, WEEKDAYS, type Weekday, weekdaysOf } from '../../logic/schedule.ts';
import { savable } from '../../logic/strategy-body.ts';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { SaveStrategy } from '../../parts/save-strategy.tsx';
import { useSettled } from '../../parts/use-settled.ts';

type Preview = Schemas['StrategyPreview'];

const EDIT_MS = 400;

/** The strategy as a form, with its next windows and those around the next clock change. */
export function StrategyEditor({
  clusterId,
  strategy,
  saved,
}: {
  clusterId: string;
  strategy: Strategy;
  saved(): void;
}) {
  const { may } = useConsole();
  const [days, setDays] = useState(() => weekdaysOf(strategy.backupDate));
  const [fullDays, setFullDays] = useState(() => weekdaysOf(strategy.fullBackupDate));
  const [period, setPeriod] = useState(strategy.period);
  const [timezone, setTimezone] = useState(strategy.timezone);
  const [paused, setPaused] = useState(strategy.paused);
  const [maxAge, setMaxAge] = useState(String(strategy.maxBackupAgeHours ?? ''));
  const [maxVerifiedAge, setMaxVerifiedAge] = useState(String(strategy.maxVerifiedAgeHours ?? ''));

  const periodError = isPeriod(period) ? undefined : 'Enter a window such as 22:00-2:00.';
  const zoneError = isTimeZone(timezone) ? undefined : 'Enter an IANA time zone, such as Europe/Berlin.';
  const fullError = fullDays.every((day) => days.includes(day)) ? undefined : 'Choose among the backup days.';
  const isValid = [periodError, zoneError, fullError, hoursError(maxAge), hoursError(maxVerifiedAge)].every(
    (error) => error === undefined,
  );
  const { nextRuns, fullBackupDate: _, ...kept } = savable(strategy);
  const followsZone = timezone === strategy.timezone;
  const body = {
    strategy: {
      ...kept,
      backupDate: days.join(','),
      period,
      paused,
      timezone,
      // If sent back, they keep the zone following the cluster's.
      ...(followsZone && { nextRuns }),
      ...(fullDays.length > 0 && { fullBackupDate: fullDays.join(',') }),
      maxBackupAgeHours: maxAge === '' ? undefined : Number(maxAge),
      maxVerifiedAgeHours: maxVerifiedAge === '' ? undefined : Number(maxVerifiedAge),
    },
  };
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            actions={<SaveStrategy title="Save the strategy" disabled={!isValid} {...{ clusterId, body, saved }} />}
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
            description="When a backup may start, in the time zone's local time."
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
      {isValid && may('backup:write') && <Windows clusterId={clusterId} body={body} />}
      {!may('backup:write') && <NextStarts starts={nextRuns} zone={strategy.timezone} />}
    </SpaceBetween>
  );
}

function hoursError(text: string): string | undefined {
  if (text === '') return undefined;
  const hours = Number(text);
  return Number.isInteger(hours) && hours >= 1 && hours <= 8_784 ? undefined : 'Enter a whole number from 1 to 8784.';
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

/** The windows of the form's strategy, as planned by the API. */
function Windows({ clusterId, body }: { clusterId: string; body: Schemas['SaveStrategyRequest'] }) {
  const { api } = useConsole();
  const settled = useSettled(JSON.stringify(body), EDIT_MS);
  const { data, error, refresh } = useData(`windows of ${clusterId} ${settled}`, async (signal) => {
    const { preview } = await api.plan('PUT /clusters/{clusterId}/strategy', { path: { clusterId }, body }, { signal });
    if (preview === undefined) throw new Error('The API is older than this console and previews no windows.');
    return preview;
  });
  if (data === undefined) return error === undefined ? <Spinner /> : <ErrorAlert error={error} retry={refresh} />;
  const { windows, clockChange } = data;
  const { timezone: zone = 'UTC' } = body.strategy;
  if (windows.length === 0) return <Box>No backup starts automatically.</Box>;
  return (
    <SpaceBetween size="l">
      <WindowTable title="Next windows" windows={windows} zone={zone} />
      {clockChange !== undefined && (
        <WindowTable
          title="Around the next clock change"
          description={`${zone}: ${formatTime(clockChange.at, zone)}`}
          windows={clockChange.windows}
          zone={zone}
        />
      )}
    </SpaceBetween>
  );
}

/** For users who may not plan a change. */
function NextStarts({ starts, zone }: { starts: readonly string[]; zone: string }) {
  if (starts.length === 0) return <Box>No backup starts automatically.</Box>;
  return (
    <Container header={<Header variant="h3">Next windows open</Header>}>
      <ul>
        {starts.map((start) => (
          <li key={start}>{formatTime(start, zone)}</li>
        ))}
      </ul>
    </Container>
  );
}

function WindowTable({
  title,
  description,
  windows,
  zone,
}: {
  title: string;
  description?: string;
  windows: Preview['windows'];
  zone: string;
}) {
  return (
    <Table
      wrapLines
      items={windows}
      header={
        <Header variant="h3" {...(description !== undefined && { description })}>
          {title}
        </Header>
      }
      columnDefinitions={[
        {
          id: 'start',
          minWidth: 170,
          header: 'Opens',
          isRowHeader: true,
          cell: ({ start }) => formatTime(start, zone),
        },
        { id: 'end', minWidth: 170, header: 'Closes', cell: ({ end }) => formatTime(end, zone) },
        { id: 'yours', minWidth: 170, header: 'Opens, your time', cell: ({ start }) => formatTime(start) },
        {
          id: 'length',
          header: 'Length',
          minWidth: 180,
          cell: ({ start, end, clockShiftMinutes }) => (
            <>
              {formatDuration(Date.parse(end) - Date.parse(start))}
              {clockShiftMinutes !== undefined && (
                <Box color="text-status-warning" display="block">
                  {describeShift(clockShiftMinutes)}
                </Box>
              )}
            </>
          ),
        },
      ]}
    />
  );
}
