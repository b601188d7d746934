import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { CheckName } from '../../../../functions/domain/cluster/check.ts';
import { type InspectStoreDeps, inspectStore } from '../../../../functions/workflow/check/inspect-store.ts';

type Files = InspectStoreDeps['files'];

const streamOf = (text: string): AsyncIterable<Uint8Array> => Readable.from([Buffer.from(text)]);

/** A working store that records calls, with the changes of `change`. */
function prepare(change: Partial<Files> = {}) {
  const done: string[] = [];
  let kept = '';
  const files: Files = {
    folders: async () => [],
    lockDays: async () => undefined,
    makeFolder: async () => {},
    write: async (location, name, text) => {
      done.push(`write ${JSON.stringify(location)} ${name}`);
      kept = text;
    },
    read: () => Promise.resolve(streamOf(kept)),
    removeAll: async (location) => {
      done.push(`remove ${JSON.stringify(location)}`);
    },
    ...change,
  };
  const deps: InspectStoreDeps = { files, config: { read: async () => ({}) }, defaultStoragePath: 'own-bucket/tidb' };
  return { done, run: () => inspectStore('check-1', deps) };
}

const fails = (message: string) => (): Promise<never> =>
  Promise.reject(new Error(`s3://own-bucket/tidb cannot be used: ${message}`));

async function outcomeOf(change: Partial<Files>) {
  const findings = await prepare(change).run();
  return {
    findings,
    statuses: findings.map(({ status }) => status),
    of: (check: CheckName) => findings.find((finding) => finding.check === check),
  };
}

describe('the inspection of a store', () => {
  it('writes one file into its own folder, and removes that folder', async () => {
    const { run, done } = prepare();

    expect((await run()).map(({ status }) => status)).toEqual(Array(6).fill('passed'));
    const own = { type: 's3', bucket: 'own-bucket', prefix: 'tidb/check/check-1' };
    expect(done).toEqual([
      `write ${JSON.stringify({ ...own, prefix: `${own.prefix}/tables` })} attempt-0.json`,
      `remove ${JSON.stringify(own)}`,
    ]);
  });

  it.each([
    ['NoSuchBucket', /Create the bucket/],
    ['SignatureDoesNotMatch', /BackupS3SecretAccessKey/],
    ['PermanentRedirect', /region/],
    ['AccessDenied', /s3:ListBucket/],
    ['TimeoutError', /way/],
  ])('tries nothing else in a store that answers %s, and says what to do', async (message, remedy) => {
    const { statuses, of } = await outcomeOf({ folders: fails(message) });

    expect(statuses).toEqual(['passed', 'failed', 'skipped', 'skipped', 'skipped', 'skipped']);
    expect(of('storeReach')).toMatchObject({ message: expect.stringContaining(message) });
    expect(of('storeReach')?.remedy).toMatch(remedy);
  });

  it('writes nothing if the file could not be removed for days', async () => {
    const { run, done } = prepare({ lockDays: async () => 30 });

    const findings = await run();

    expect(findings.map(({ status }) => status)).toEqual([
      'passed',
      'passed',
      'passed',
      'skipped',
      'skipped',
      'skipped',
    ]);
    expect(findings[2]?.message).toContain('30 days');
    expect(done).toEqual([]);
  });

  it('continues if it may not read locks', async () => {
    const { statuses, of } = await outcomeOf({ lockDays: fails('AccessDenied') });

    expect(statuses).toEqual(['passed', 'passed', 'warning', 'passed', 'passed', 'passed']);
    expect(of('storeLock')?.remedy).toContain('s3:GetBucketObjectLockConfiguration');
  });

  it('removes the file even if writing seems to have failed', async () => {
    const { run, done } = prepare({ write: fails('AccessDenied') });

    expect((await run()).map(({ status }) => status)).toEqual([
      ...['passed', 'passed', 'passed', 'failed', 'skipped', 'passed'],
    ]);
    expect(done).toEqual([expect.stringMatching(/^remove/)]);
  });

  it.each([
    ['cannot be read', { read: fails('AccessDenied') }, 'storeRead'],
    ['reads back differently', { read: () => Promise.resolve(streamOf('x')) }, 'storeRead'],
    ['is missing when it is read', { read: () => Promise.resolve(undefined) }, 'storeRead'],
    ['cannot be deleted', { removeAll: fails('AccessDenied') }, 'storeDelete'],
  ] as const)('reports a file that it %s', async (_case, change, check) => {
    const { findings } = await outcomeOf(change);

    expect(findings.filter(({ status }) => status !== 'passed')).toMatchObject([
      { check, status: 'failed', remedy: expect.any(String) },
    ]);
  });
});
