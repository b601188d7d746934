import * as z from 'zod/mini';
import { described } from '../shared/described.ts';
import { identifier } from '../shared/identifiers.ts';

/** What a check looks at. The names are stable: programs may rely on them. */
const CHECKS = [
  'account',
  'endpoint',
  'tls',
  'version',
  'privilege',
  'clock',
  'gcLifeTime',
  'storePath',
  'storeReach',
  'storeLock',
  'storeWrite',
  'storeRead',
  'storeDelete',
  'scratchBackup',
  'scratchRestore',
  'scratchCleanup',
] as const;
export type CheckName = (typeof CHECKS)[number];

/** From the best to the worst. */
const STATUSES = ['passed', 'skipped', 'warning', 'failed'] as const;

const finding = z
  .object({
    check: z.enum(CHECKS),
    subject: described(
      z.optional(z.string()),
      'Which endpoint, privilege or path it is about, where there are several',
    ),
    status: described(
      z.enum(STATUSES),
      '`failed`: backups or restores will fail; `warning`: they work, but something should be changed; `skipped`: it could not be, or need not be, looked at',
    ),
    message: described(z.string(), 'What was found'),
    remedy: described(z.optional(z.string()), 'What to do about it'),
  })
  .register(z.globalRegistry, { id: 'Finding' });
export type Finding = z.infer<typeof finding>;

/** The result of one check. */
export const checkResult = z
  .object({
    /** The workflow that carried it out. */
    workFlowId: identifier,
    status: described(z.enum(['passed', 'warning', 'failed']), 'The worst of its findings'),
    startTime: z.iso.datetime(),
    endTime: z.iso.datetime(),
    findings: z.array(finding),
  })
  .register(z.globalRegistry, { id: 'CheckResult' });
export type CheckResult = z.infer<typeof checkResult>;

/** Keeps the result small enough for an item of DynamoDB, however long the answers of TiDB and the store are. */
const MAX_TEXT = 500;

export function resultOf(
  findings: readonly Finding[],
  run: Pick<CheckResult, 'workFlowId' | 'startTime' | 'endTime'>,
): CheckResult {
  return { ...run, status: worstOf(findings), findings: findings.map(shortened) };
}

function worstOf(findings: readonly Finding[]): CheckResult['status'] {
  const has = (status: Finding['status']) => findings.some((each) => each.status === status);
  if (has('failed')) return 'failed';
  return has('warning') ? 'warning' : 'passed';
}

function shortened({ message, ...found }: Finding): Finding {
  return {
    ...found,
    message: message.length <= MAX_TEXT ? message : `${message.slice(0, MAX_TEXT - 1).toWellFormed()}…`,
  };
}
