import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Forwards a process's output line by line. */
export function forwardLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', onLine);
}
