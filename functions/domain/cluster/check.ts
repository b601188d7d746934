import * as z from 'zod/mini';
import { described } from '../shared/described.ts';
import { identifier } from '../shared/identifiers.ts';
import { object } from '../shared/object.ts';

/** The checks. Names are stable, because programs may rely on them. */
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

/** From best to worst. */
const STATUSES = ['passed', 'skipped', 'warning', 'failed'] as const;

const finding = object(() => ({
  check: z.enum(CHECKS),
  subject: described(z.optional(z.string()), 'The endpoint, privilege or path, if the check covers several'),
  status: described(
    z.enum(STATUSES),
    '`failed`: backups or restores will fail; `warning`: they work, but something should be changed; `skipped`: not checked, because it could not or need not be',
  ),
  message: described(z.string(), 'What was found'),
  remedy: described(z.optional(z.string()), 'What to do about it'),
})).register(z.globalRegistry, { id: 'Finding' });
export type Finding = z.infer<typeof finding>;

/** The result of one check. */
export const checkResult = object(() => ({
  /** The workflow that ran it. */
  workFlowId: identifier,
  status: described(z.enum(['passed', 'warning', 'failed']), 'The worst of its findings'),
  startTime: z.iso.datetime(),
  endTime: z.iso.datetime(),
  findings: z.array(finding),
})).register(z.globalRegistry, { id: 'CheckResult' });
export type CheckResult = z.infer<typeof checkResult>;

/** Keeps the result within the size of a DynamoDB item, however long the answers of TiDB and the store are. */
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
