import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { logJsonLines } from '../../../functions/worker/json-lines.ts';

const { info, warn, error } = console;
beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T12:00:00.000Z') });
});
afterEach(() => {
  vi.useRealTimers();
  Object.assign(console, { info, warn, error });
});

it("logs one object per line with the fields of Lambda's JSON format", () => {
  const lines: string[] = [];
  logJsonLines((line) => lines.push(line));

  console.info({ message: 'begun', workFlowId: 'w' });
  console.warn('slow');
  console.error({ message: 'failed\n' });

  const timestamp = '2026-03-01T12:00:00.000Z';
  expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { timestamp, level: 'INFO', message: { message: 'begun', workFlowId: 'w' } },
    { timestamp, level: 'WARN', message: 'slow' },
    { timestamp, level: 'ERROR', message: { message: 'failed\n' } },
  ]);
});
