import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where this run keeps the synthesized app and all temporary files; empty until a test needs it. */
    runFolder: string;
  }
}

/** Vitest's global setup: one folder per run. It synthesizes nothing, so that unit tests do not wait for it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'tidb-backup-test-'));
  project.provide('runFolder', folder);
  return () => rm(folder, { recursive: true, force: true });
}
