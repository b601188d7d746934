import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, it } from 'vitest';
import { CONSOLE_TENANT, FULL_TENANT, MINIMAL_TENANT, synthesizedStack } from '../synthesized.ts';

/** Each acknowledged finding gives its reason on the spot. */
it.each([
  ['nothing optional', MINIMAL_TENANT],
  ['everything optional', FULL_TENANT],
  ['a console', CONSOLE_TENANT],
])("AWS Solutions' rules find nothing unjustified in a tenant with %s", (_with, tenant) => {
  const report = new AwsSolutionsChecks().validateScope(synthesizedStack(tenant));

  const findings = report.violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
  );
  expect(findings).toEqual([]);
});
