import type { CheckResult } from '../typescript/api.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import type { Session } from './session.ts';

/** The findings of a check, one per line, with remedies. */
export function findingLines({ findings }: CheckResult, { style }: Pick<Session, 'style'>): string[] {
  const colours = { passed: style.green, skipped: String, warning: style.yellow, failed: style.red };
  return findings.flatMap(({ status, check, subject, message, remedy }) => [
    `${colours[status](status.padEnd(7))}  ${check}${subject === undefined ? '' : ` (${subject})`}: ${message}`,
    ...(remedy === undefined ? [] : [`         remedy: ${remedy}`]),
  ]);
}

/** The result of a check for people. @throws CommandError if it found something wrong */
export function checkOutcome(check: CheckResult | undefined, session: Session): string {
  if (check === undefined) return '';
  const text = `${check.status}\n${findingLines(check, session).join('\n')}`;
  if (check.status === 'failed') throw new CommandError(EXIT.refused, `the check ${text}`);
  return text;
}
