import { useEffect, useRef, useState } from 'react';
import type { MissedWindow, PastBackup } from '../api.ts';
import { formatInZones } from '../logic/format.ts';
import { link } from '../logic/route.ts';
import { layOut, type Mark, type MarkKind, ticks } from '../logic/timeline.ts';

const LANES: readonly { label: string; kinds: readonly MarkKind[] }[] = [
  { label: 'Full', kinds: ['full'] },
  { label: 'Incremental', kinds: ['incr'] },
  { label: 'Running', kinds: ['running', 'deleting'] },
  { label: 'Failed', kinds: ['failed', 'canceled'] },
  { label: 'Missed', kinds: ['missed'] },
];

const NAMES: Readonly<Record<MarkKind, string>> = {
  full: 'full backup',
  incr: 'incremental backup',
  running: 'running backup',
  deleting: 'backup being deleted',
  failed: 'failed backup',
  canceled: 'canceled backup',
  missed: 'missed window',
};

const LANE_HEIGHT = 30;
const LEFT = 96;
const RIGHT = 16;

interface TimelineChartProps {
  backups: readonly PastBackup[];
  missed: readonly MissedWindow[];
  range: { from: number; to: number };
  timeZone: string;
  fates?: ReadonlyMap<string, 'keep' | 'remove'>;
}

/** Backups and missed windows over time; a line joins an incremental backup to its base. */
export function TimelineChart({ backups, missed, range, timeZone, fates }: TimelineChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  useEffect(() => {
    if (frame.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(320, entry?.contentRect.width ?? 800)));
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const { marks, links } = layOut(backups, missed, range, fates);
  const lanes = LANES.filter(({ kinds }) => marks.some(({ kind }) => kinds.includes(kind)));
  const xOf = (x: number) => LEFT + x * (width - LEFT - RIGHT);
  const yOf = (kind: MarkKind) => 8 + (lanes.findIndex(({ kinds }) => kinds.includes(kind)) + 0.5) * LANE_HEIGHT;
  const height = Math.max(1, lanes.length) * LANE_HEIGHT + 40;
  const isShort = range.to - range.from < 5 * 86_400_000;
  const dayFormat = new Intl.DateTimeFormat('en-US', {
    ...{ month: 'short', day: 'numeric', timeZone },
    ...(isShort && { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  });
  const days = ticks(range, width < 600 ? 3 : 5);
  if (marks.length === 0) return <p className="empty">No backup or missed window in this time range.</p>;
  return (
    <div ref={frame} className="timeline">
      {/* biome-ignore lint/a11y/useSemanticElements: SVG has no element for a group */}
      <svg width={width} height={height} role="group" aria-label="Timeline of backups">
        {lanes.map(({ label, kinds }, n) => (
          <g key={label}>
            <text x="0" y={8 + (n + 0.5) * LANE_HEIGHT + 4} className="lane">
              {label}
            </text>
            <line
              x1={LEFT}
              x2={width - RIGHT}
              y1={yOf(kinds[0] ?? 'full')}
              y2={yOf(kinds[0] ?? 'full')}
              className="axis"
            />
          </g>
        ))}
        {links.map(({ from, to, fromKind }) => (
          <line
            key={`${fromKind}${from}-${to}`}
            className="chain"
            x1={xOf(from)}
            y1={yOf(fromKind)}
            x2={xOf(to)}
            y2={yOf('incr')}
          />
        ))}
        {days.map((day, n) => (
          <text
            key={day}
            x={xOf((day - range.from) / (range.to - range.from))}
            y={height - 8}
            className="tick"
            textAnchor={n === 0 ? 'start' : n === days.length - 1 ? 'end' : 'middle'}
          >
            {dayFormat.format(day)}
          </text>
        ))}
        {marks.map((mark) => (
          <MarkShape key={`${mark.kind}${mark.x}`} mark={mark} x={xOf(mark.x)} y={yOf(mark.kind)} timeZone={timeZone} />
        ))}
      </svg>
    </div>
  );
}

function MarkShape({ mark, x, y, timeZone }: { mark: Mark; x: number; y: number; timeZone: string }) {
  const name = mark.count === 1 ? NAMES[mark.kind] : `${mark.count} × ${NAMES[mark.kind]}`;
  const fate = mark.fate === undefined ? '' : `, ${FATES[mark.fate]}`;
  const label = `${name}, ${formatInZones(mark.time, timeZone)}${fate}${mark.reason === undefined ? '' : `: ${mark.reason}`}`;
  const shape = (
    <>
      <title>{label}</title>
      <circle cx={x} cy={y} r={mark.count === 1 ? 6 : 8} className={`mark ${mark.kind} ${mark.fate ?? ''}`} />
      {mark.count > 1 && (
        <text x={x} y={y + 3} textAnchor="middle" className="count">
          {mark.count > 99 ? '99' : mark.count}
        </text>
      )}
    </>
  );
  const [newest] = mark.backupIds;
  return newest === undefined ? (
    <g>{shape}</g>
  ) : (
    <a href={link('backups', newest)} aria-label={label}>
      {shape}
    </a>
  );
}

const FATES = { keep: 'stays', remove: 'would be removed', mixed: 'some would be removed' } as const;
