/**
 * Logs like Lambda's JSON format, one object per line, so that a query over all logs finds the worker's lines by the
 * same fields. Containers have no log format of their own.
 */
export function logJsonLines(write: (line: string) => unknown): void {
  const at = (level: string) => (message: unknown) =>
    write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, message })}\n`);
  Object.assign(console, { info: at('INFO'), warn: at('WARN'), error: at('ERROR') });
}
