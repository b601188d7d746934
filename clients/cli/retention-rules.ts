import { flag } from './command.ts';

/** Flags of the rule for automatic backups. */
export const RETENTION = {
  keepLast: flag.number('Keep the newest N'),
  keepDaily: flag.number('Keep the newest of each of the last N days'),
  keepWeekly: flag.number('Keep the newest of each of the last N weeks'),
  keepMonthly: flag.number('Keep the newest of each of the last N months'),
  keepYearly: flag.number('Keep the newest of each of the last N years'),
  maxAgeDays: flag.number('Remove backups older than N days, even if another rule keeps them'),
};

type Rule = { readonly [K in keyof typeof RETENTION]?: number | undefined };

/** The rule that the flags give. @returns `undefined` if they give none */
export function ruleOf({
  keepLast,
  keepDaily,
  keepWeekly,
  keepMonthly,
  keepYearly,
  maxAgeDays,
}: Rule): Rule | undefined {
  const rule = { keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly, maxAgeDays };
  return Object.values(rule).some((value) => value !== undefined) ? rule : undefined;
}

/** `keepLast 7, keepMonthly 12` */
export function ruleText(rule: Rule | undefined): string {
  const parts = Object.entries(rule ?? {}).filter(([, value]) => value !== undefined);
  return parts.map(([name, value]) => `${name} ${value}`).join(', ');
}
