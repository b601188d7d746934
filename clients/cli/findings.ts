import type { CheckResult } from '../typescript/api.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import type { Session } from './session.ts';

/** What a check found, one finding a line, with its remedy. */
export function findingLines({ findings }: CheckResult, { style }: Pick<Session, 'style'>): string[] {
  const colours = { passed: style.green, skipped: String, warning: style.yellow, failed: style.red };
  return findings.flatMap(({ status, check, subject, message, remedy }) => [
    `${colours[status](status.padEnd(7))}  ${check}${subject === undefined ? '' : ` (${subject})`}: ${message}`,
    ...(remedy === undefined ? [] : [`         remedy: ${remedy}`]),
  ]);
}

/** What people read when a check has ended. @throws CommandError if it found something wrong */
export function checkOutcome(check: CheckResult | undefined, session: Session): string {
  if (check === undefined) return '';
  const text = `${check.status}\n${findingLines(check, session).join('\n')}`;
  if (check.status === 'failed') throw new CommandError(EXIT.refused, `the check ${text}`);
  return text;
}
