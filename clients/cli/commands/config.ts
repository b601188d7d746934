import { buildRouteMap } from '@stricli/core';
import type { UpdateConfigRequest } from '../../typescript/api.ts';
import { change } from '../changes.ts';
import { argument, CHANGE, command, optionalArgument, WAITING } from '../command.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { checkOutcome } from '../findings.ts';
import { followedWorkflow, followOrPrint } from '../follow.ts';
import { askSecret, isInteractive, readStdin } from '../prompts.ts';

type Key = UpdateConfigRequest['configKey'];

const KEYS: readonly Key[] = [
  ...(['BackupStorageType', 'BackupStoragePath', 'BackupS3Endpoint', 'BackupS3Region', 'BackupS3Provider'] as const),
  ...(['BackupS3AccessKey', 'BackupS3SecretAccessKey', 'BackupS3SessionToken'] as const),
  ...(['BackupRateLimit', 'BackupConcurrency', 'RestoreRateLimit', 'RestoreConcurrency'] as const),
  'maxConcurrentAutoBackups',
];

/** Values of these keys never appear on a command line. */
const SECRET: ReadonlySet<Key> = new Set(['BackupS3SecretAccessKey', 'BackupS3SessionToken']);

const get = command({
  brief: 'Show the configuration, or one key of it',
  examples: [['config get BackupStoragePath', 'shows one key']],
  arguments: [optionalArgument('key', 'Key of the configuration')],
  async run(session, _flags, key) {
    const client = await session.client;
    if (key !== undefined) {
      const value = await client.call('GET /config', { query: { configKey: keyOf(key) } });
      return session.print(value, () => [value.configValue]);
    }
    const { config: all } = await client.call('GET /config/all');
    session.print(all, () =>
      session.table(
        ['KEY', 'VALUE'],
        all.map(({ configKey, configValue }) => [configKey, configValue]),
      ),
    );
  },
});

const set = command({
  brief: 'Set a key of the configuration',
  description: `Set a key of the configuration. Give "-" as the value to read it from standard input. The values of BackupS3SecretAccessKey and
BackupS3SessionToken are never arguments: they come from a prompt or from standard input.`,
  examples: [
    ['config set BackupRateLimit 128', 'limits each TiKV node to 128 MiB/s'],
    ['config set BackupS3SecretAccessKey - < secret', 'reads a secret'],
  ],
  flags: CHANGE,
  arguments: [argument('key', 'Key of the configuration'), optionalArgument('value', 'Its value, or "-"')],
  async run(session, flags, key, value) {
    const configKey = keyOf(key);
    const configValue = await givenValue();
    const client = await session.client;
    // The API's types narrow the value of each key; the service checks it.
    const body = { configKey, configValue } as UpdateConfigRequest;
    const changed = await change(session, flags, {
      plan: () => client.plan('POST /config/update', { body }),
      run: () => client.call('POST /config/update', { body }),
    });
    if (changed !== undefined)
      session.print(changed, () => [
        `${configKey} is set`,
        'next: check the store with `tidb-backup config check --wait`',
      ]);

    async function givenValue(): Promise<string> {
      if (value === '-') return await readStdin(session.surroundings);
      if (SECRET.has(configKey)) {
        if (value !== undefined)
          throw new CommandError(
            EXIT.usage,
            `${configKey} is a secret: others can read a command line`,
            'give "-" and the value on standard input',
          );
        if (isInteractive(session.surroundings)) return await askSecret(`${configKey}: `, session.surroundings);
      }
      if (value === undefined)
        throw new CommandError(EXIT.usage, 'the value is missing', 'give it, or "-" to read it from standard input');
      return value;
    }
  },
});

const check = command({
  brief: 'Check whether the service can write, read and delete in the store',
  examples: [['config check --wait', 'exits with 1 if something is wrong']],
  flags: { ...CHANGE, ...WAITING },
  async run(session, flags) {
    const client = await session.client;
    const started = await change(session, flags, {
      plan: () => client.plan('POST /config/check'),
      run: () => client.call('POST /config/check'),
    });
    if (started === undefined) return;
    const { workFlowId } = started;
    const followed = followedWorkflow(session, {
      what: 'Check of the store',
      workFlowId,
      again: `workflow watch ${workFlowId}`,
      async outcome() {
        const { check: result } = await client.call('GET /config', { query: { configKey: 'BackupStoragePath' } });
        return checkOutcome(result, session);
      },
    });
    await followOrPrint(session, flags, followed, { started, headline: `check ${workFlowId} has started` });
  },
});

function keyOf(text: string): Key {
  const key = KEYS.find((each) => each.toLowerCase() === text.toLowerCase());
  if (key !== undefined) return key;
  throw new CommandError(EXIT.usage, `there is no such key; the keys are ${KEYS.join(', ')}`);
}

export const config = buildRouteMap({
  routes: { get, set, check },
  docs: { brief: 'Where backups are stored, and how much load they may cause' },
});
