import { format } from 'node:util';

export type LogFormat = 'JSON' | 'Text';

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;
type Level = (typeof LEVELS)[number];

/** Makes `console` write lines as Lambda's Node.js runtime does, one per record, to standard output. */
export function installConsole(logFormat: LogFormat, threshold: string | undefined, requestId: () => string): void {
  const lowest = LEVELS.findIndex((level) => level === (threshold ?? 'INFO'));
  const write = (level: Level, values: unknown[]): void => {
    if (logFormat === 'JSON' && LEVELS.indexOf(level) < lowest) return;
    const line = logFormat === 'JSON' ? jsonLine(level, requestId(), values) : textLine(level, requestId(), values);
    process.stdout.write(`${line}\n`);
  };
  console.trace = (...values) => write('TRACE', values);
  console.debug = (...values) => write('DEBUG', values);
  console.log = (...values) => write('INFO', values);
  console.info = (...values) => write('INFO', values);
  console.warn = (...values) => write('WARN', values);
  console.error = (...values) => write('ERROR', values);
}

function textLine(level: Level, requestId: string, values: unknown[]): string {
  return [new Date().toISOString(), requestId, level, format(...values)].join('\t');
}

/** A single value becomes `message` unchanged (an object stays an object); several are formatted into one text. */
function jsonLine(level: Level, requestId: string, values: unknown[]): string {
  const record = { timestamp: new Date().toISOString(), level, requestId };
  const [only] = values;
  if (values.length !== 1) return JSON.stringify({ ...record, ...errorFields(values), message: format(...values) });
  if (only instanceof Error) return JSON.stringify({ ...record, ...errorFields(values), message: only.message });
  try {
    return JSON.stringify({ ...record, message: only }, errorReplacer);
  } catch {
    // For circular values and bigints the runtime falls back to text too.
    return JSON.stringify({ ...record, message: format(only) });
  }
}

/** The runtime lifts the first error among the values to the top level. */
function errorFields(values: unknown[]): Record<string, unknown> {
  const error = values.find((value) => value instanceof Error);
  if (error === undefined) return {};
  return { errorType: error.name, errorMessage: error.message, stackTrace: stackOf(error) };
}

function errorReplacer(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { errorType: value.name, errorMessage: value.message, stackTrace: stackOf(value) };
}

function stackOf(error: Error): string[] {
  return (
    error.stack
      ?.split('\n')
      .slice(1)
      .map((line) => line.trim()) ?? []
  );
}
