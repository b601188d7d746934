import type { BackupPlan, ChangePlan, CheckPlan, DeletionPlan, RestorePlan, UndeletePlan } from '../typescript/api.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { duration, size, time } from './format.ts';
import { confirm, isInteractive } from './prompts.ts';
import type { Session } from './session.ts';
import { facts } from './table.ts';

type AnyPlan = BackupPlan | ChangePlan | CheckPlan | DeletionPlan | RestorePlan | UndeletePlan;

interface Change<Answer> {
  readonly plan: () => Promise<AnyPlan>;
  readonly run: () => Promise<Answer>;
  /** The question before a change that cannot be undone: "Delete backup …". */
  readonly confirm?: string;
}

/**
 * Makes a change or shows its plan.
 * @returns `undefined` if only the plan was requested
 * @throws CommandError if the change is not confirmed, or its plan has conflicts
 */
export async function change<Answer>(
  session: Session,
  flags: { readonly plan?: boolean | undefined; readonly yes?: boolean | undefined },
  { plan, run, confirm: question }: Change<Answer>,
): Promise<Answer | undefined> {
  if (flags.plan) {
    const planned = await plan();
    session.print({ plan: planned }, () => planLines(planned, session));
    if (planned.conflicts.length === 0) return undefined;
    throw new CommandError(EXIT.refused, 'the service would refuse this now: see the conflicts of the plan');
  }
  if (question !== undefined && !flags.yes) {
    if (isInteractive(session.surroundings)) {
      session.surroundings.stderr.write(`${planLines(await plan(), session).join('\n')}\n`);
    }
    await confirm(question, session.surroundings);
  }
  return await run();
}

/** A plan for people. */
function planLines(plan: AnyPlan, { style }: Pick<Session, 'style'>): string[] {
  const deletion = 'backups' in plan ? plan.backups : 'deletes' in plan ? plan : undefined;
  return [
    ...facts([
      ['plan', plan.action],
      ['cluster', 'clusterId' in plan ? plan.clusterId : undefined],
      ['backup', 'backupId' in plan ? plan.backupId : undefined],
      ['type', 'backupType' in plan ? plan.backupType : undefined],
      ['builds on', 'baseBackupId' in plan ? plan.baseBackupId : undefined],
      ['path', 'path' in plan ? plan.path : undefined],
      ['size', 'sizeBytes' in plan ? size(plan.sizeBytes) : undefined],
      ['files', 'files' in plan ? plan.files : undefined],
      ['runs on', 'executor' in plan ? `${plan.executor}: ${plan.executorReason}` : undefined],
      ['takes about', durationOf(plan)],
      ['accounts', 'accounts' in plan ? plan.accounts : undefined],
      ['cost', costOf(plan)],
    ]),
    ...list('changes', 'changes' in plan ? plan.changes : []),
    ...list('next runs', 'nextRuns' in plan ? plan.nextRuns?.map(time) : []),
    ...list(
      'restores',
      'chain' in plan ? plan.chain.map((link) => `${link.backupId}  ${link.backupType}  ${size(link.sizeBytes)}`) : [],
    ),
    ...list('writes', 'writes' in plan ? plan.writes : []),
    ...list(
      'deletes',
      deletion?.deletes.map(({ backupId, sizeBytes }) => `${backupId}  ${size(sizeBytes)}`),
    ),
    ...list(
      'keeps',
      deletion?.keeps.map(({ backupId, reason }) => `${backupId}: ${reason}`),
    ),
    ...list('checked later', 'checksLeft' in plan ? plan.checksLeft : []),
    ...list(
      style.red('conflicts'),
      plan.conflicts.map(({ message }) => message),
    ),
  ];
}

function list(title: string, lines: readonly string[] = []): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

function durationOf(plan: AnyPlan): string | undefined {
  if (!('durationSeconds' in plan) || plan.durationSeconds === undefined) return undefined;
  return `${duration(plan.durationSeconds)}${plan.durationBasis === undefined ? '' : ` (${plan.durationBasis})`}`;
}

function costOf(plan: AnyPlan): string | undefined {
  if (!('cost' in plan) || plan.cost === undefined) return undefined;
  const { onceUsd, perMonthUsd, pricesRegion } = plan.cost;
  return `${usd(onceUsd)} once, ${usd(perMonthUsd)} a month, at the prices of ${pricesRegion}`;
}

/** `$12.30`, or `under $0.01`. */
function usd(value: number): string {
  return value > 0 && value < 0.01 ? 'under $0.01' : `$${value.toFixed(2)}`;
}
