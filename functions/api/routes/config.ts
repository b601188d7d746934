import * as z from 'zod/mini';
import { checkResult } from '../../domain/cluster/check.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import {
  CONFIG_VALUE_SCHEMAS,
  type ConfigKey,
  configKey,
  configValue,
  type DeploymentStorage,
  isSecretKey,
  SECRET_MASK,
  type StoredConfig,
} from '../../domain/config/system-config.ts';
import { changePlan, checkPlan } from '../../domain/planning/plan.ts';
import { described, published } from '../../domain/shared/described.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { type PlanConfigCheckDeps, planConfigCheck } from '../../operations/cluster/plan-check.ts';
import { type CheckConfigDeps, checkConfig } from '../../operations/config/check-config.ts';
import { type UpdateConfigDeps, updateConfig } from '../../operations/config/update-config.ts';
import { type PlanConfigDeps, planConfig } from '../../operations/plan/plan-change.ts';
import { route } from '../http/route.ts';
import { withReadOnly } from '../json/read-only.ts';
import { emptyData } from '../json/wire-format.ts';
import { CHECK_ID, CONFIG_CHECK } from '../openapi/examples.ts';
import { CONFIG_CHECK_PLAN, CONFIG_PLAN } from '../openapi/plan-examples.ts';

interface GetConfigDeps extends DeploymentStorage {
  config: Pick<ConfigStore, 'read'>;
}

export const getConfig = route({
  operation: 'config/query',
  summary: 'One key of the system configuration, and the result of the last check of the store',
  scope: 'backup:read',
  errors: ['TIEM_BACKUP_SYSTEM_CONFIG_NOT_FOUND', 'TIEM_BACKUP_SYSTEM_CONFIG_INVAILD'],
  example: {
    query: { configKey: 'BackupStoragePath' },
    data: { configKey: 'BackupStoragePath', configValue: 'example-backups/tidb', check: CONFIG_CHECK },
  },
  query: z.object({ configKey }),
  data: z.object({
    configKey,
    configValue: z.string(),
    check: described(
      z.optional(checkResult),
      'The result of the last check of the store; omitted if none has ended yet',
    ),
  }),
  async handle({ query }, deps: GetConfigDeps) {
    const stored = await deps.config.read();
    return { data: { ...query, configValue: shown(query.configKey, stored, deps), check: stored.check } };
  },
});

export const getAllConfig = route({
  operation: 'config/query_all',
  summary: 'Every key of the system configuration, and what the last check of the store found',
  scope: 'backup:read',
  errors: ['TIEM_BACKUP_SYSTEM_CONFIG_INVAILD'],
  example: {
    data: {
      config: [
        { configKey: 'BackupStoragePath', configValue: 'example-backups/tidb' },
        { configKey: 'BackupS3AccessKey' },
      ],
      check: CONFIG_CHECK,
    },
  },
  data: z.object({
    config: z.array(
      z.object({
        configKey,
        configValue: described(
          z.optional(z.string()),
          'Omitted if it has not been set. A secret is answered as ******',
        ),
      }),
    ),
    check: described(
      z.optional(checkResult),
      'The result of the last check of the store; omitted if none has ended yet',
    ),
  }),
  async handle(_, deps: GetConfigDeps) {
    const stored = await deps.config.read();
    const config = configKey.options.map((key) => ({
      configKey: key,
      configValue: ifSet(() => shown(key, stored, deps)),
    }));
    return { data: { config, check: stored.check } };
  },
});

function ifSet(read: () => string): string | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ServiceError && error.name === 'TIEM_BACKUP_SYSTEM_CONFIG_NOT_FOUND') return undefined;
    throw error;
  }
}

function shown(key: ConfigKey, stored: StoredConfig, deployment: DeploymentStorage): string {
  if (!isSecretKey(key)) return configValue(stored, key, deployment);
  if (stored[key] !== undefined) return SECRET_MASK;
  throw new ServiceError('TIEM_BACKUP_SYSTEM_CONFIG_NOT_FOUND', `${key} has not been set`);
}

/** The accepted values depend on the key. */
const valuesOfKeys = Object.entries(CONFIG_VALUE_SCHEMAS).map(([name, schema]) => ({
  type: 'object',
  properties: { configKey: { const: name }, configValue: z.globalRegistry.get(schema), check: { readOnly: true } },
  required: ['configKey', 'configValue'],
  additionalProperties: false,
}));

export const postConfigUpdate = route({
  operation: 'config/modify',
  summary: 'Change one key of the system configuration',
  scope: 'backup:admin',
  errors: ['TIEM_BACKUP_SYSTEM_CONFIG_INVAILD'],
  example: { body: { configKey: 'BackupRateLimit', configValue: '100' }, data: {} },
  body: withReadOnly(
    published(
      z.object({
        configKey,
        configValue: described(
          z.string(),
          'An empty value removes an optional key. BackupS3AccessKey, BackupS3SecretAccessKey and BackupS3SessionToken are kept only in Secrets Manager, and shown as ******. Existing backups stay where they are, and can still be restored and deleted',
        ),
      }),
      { oneOf: valuesOfKeys },
    ),
    ['check'],
  ),
  data: emptyData,
  async handle({ body }, deps: UpdateConfigDeps & PlanConfigDeps) {
    await updateConfig(body.configKey, body.configValue, deps);
    return { data: {} };
  },
  plan: {
    schema: changePlan,
    example: CONFIG_PLAN,
    make: ({ body }, deps) => planConfig(body.configKey, body.configValue, deps),
  },
});

export const postConfigCheck = route({
  operation: 'config/check',
  summary: 'Check the configured store, as the service itself reaches it. The result appears in the configuration',
  scope: 'backup:write',
  errors: ['TIEM_WORKFLOW_CREATE_FAILED', 'TIEM_WORKFLOW_START_FAILED'],
  example: { data: { workFlowId: CHECK_ID } },
  data: z.object({ workFlowId: identifier }),
  handle: async (_, deps: CheckConfigDeps & PlanConfigCheckDeps) => ({ data: await checkConfig(deps) }),
  plan: { schema: checkPlan, example: CONFIG_CHECK_PLAN, make: (_, deps) => planConfigCheck(deps) },
});
