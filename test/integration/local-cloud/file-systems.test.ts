import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { functionResources } from './fixture-template.ts';

const accessPoint = (name: string) => `arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/fsap-${name}`;

const environment = { MOUNT: '/mnt/shared', OTHER: '/mnt/shared/below' };
const WRITES = `import { writeFileSync } from 'node:fs';
  export const handler = async (text) => writeFileSync(process.env.MOUNT + '/file', text);`;
const READS = `import { readFileSync } from 'node:fs';
  export const handler = async () => readFileSync(process.env.MOUNT + '/file', 'utf8');`;

/** Functions that mount the access point at `/mnt/shared`. */
function mounting(name: string, functions: Record<string, string>) {
  const resources = functionResources(
    Object.fromEntries(Object.entries(functions).map(([id, code]) => [id, { code, environment }])),
  );
  const FileSystemConfigs = [{ Arn: accessPoint(name), LocalMountPath: '/mnt/shared' }];
  return Object.fromEntries(
    Object.entries(resources).map(([id, { Type, Properties }]) => [
      id,
      { Type, Properties: { ...Properties, FileSystemConfigs } },
    ]),
  );
}

let cloud: LocalCloud;
beforeAll(async () => {
  cloud = await startLocalCloud({
    template: {
      Resources: {
        ...mounting('one', { Writes: WRITES, Reads: READS }),
        ...mounting('two', { ReadsOther: READS }),
        ...functionResources({ Tells: { code: 'export const handler = async () => process.env;', environment } }),
      },
      Outputs: { NfsPath: { Value: '/nfs/backups' }, NfsAccessPointArn: { Value: accessPoint('one') } },
    },
  });
});
afterAll(() => cloud.stop());

it('functions and sandboxes that mount an access point share its files, and no others see them', async () => {
  expect(await cloud.invoke('Writes', 'hello')).toMatchObject({ ok: true });

  expect(await cloud.invoke('Reads', {})).toMatchObject({ ok: true, payload: '"hello"' });
  expect(await cloud.invoke('ReadsOther', {})).toMatchObject({ ok: false, error: { errorType: 'Error' } });
  expect(cloud.mounts).toEqual([{ path: '/nfs/backups', directory: expect.stringMatching(/^\//) }]);
  expect(await readFile(join(cloud.mounts[0]?.directory ?? '', 'file'), 'utf8')).toBe('hello');
});

it('a function that mounts nothing keeps its variables', async () => {
  const result = await cloud.invoke('Tells', {});

  expect(result.ok && JSON.parse(result.payload)).toMatchObject(environment);
});

it('the files are removed with the cloud', async () => {
  const other = await startLocalCloud({
    template: {
      Resources: mounting('one', { Writes: WRITES }),
      Outputs: { NfsPath: { Value: '/nfs/backups' }, NfsAccessPointArn: { Value: accessPoint('one') } },
    },
  });
  const directory = other.mounts[0]?.directory ?? '';
  await other.invoke('Writes', 'hello');
  expect(existsSync(join(directory, 'file'))).toBe(true);

  await other.stop();

  expect(existsSync(directory)).toBe(false);
});
