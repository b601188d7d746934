import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ENVIRONMENTS, type FunctionName } from '../../functions/environment.ts';
import { FUNCTION_DEFINITIONS } from '../../infra/constructs/function/function-definitions.ts';
import { functionId } from '../../infra/constructs/function/service-function.ts';

export const FUNCTION_NAMES = Object.keys(FUNCTION_DEFINITIONS) as FunctionName[];

/** The function behind a logical id. If it contains two names (`BackupFunction`, `AutoBackupFunction`), the longer one counts. */
export function functionOf(logicalId: string): FunctionName | undefined {
  return FUNCTION_NAMES.filter((name) => logicalId.includes(functionId(name)))
    .sort((a, b) => a.length - b.length)
    .at(-1);
}

interface TemplateResource {
  readonly Type: string;
  readonly Properties: { readonly Code: { readonly S3Key: string } };
}

/** The folders of the functions' bundles, beside a synthesized template, for the functions that its tenant has. */
export function bundlesOf(templateFile: string): Map<FunctionName, string> {
  const { Resources } = JSON.parse(readFileSync(templateFile, 'utf8')) as {
    Resources: Record<string, TemplateResource>;
  };
  return new Map(
    FUNCTION_NAMES.flatMap((name) => {
      const [, fn] =
        Object.entries(Resources).find(
          ([id, { Type }]) => Type === 'AWS::Lambda::Function' && functionOf(id) === name,
        ) ?? [];
      if (fn === undefined) return [];
      return [[name, join(dirname(templateFile), `asset.${fn.Properties.Code.S3Key.replace('.zip', '')}`)] as const];
    }),
  );
}

/** Variables that a function's cold start accepts; nothing behind them exists. */
export function importEnvironment(name: FunctionName): Record<string, string> {
  const variables = Object.keys(ENVIRONMENTS[name].shape).map((variable) => [variable, sampleOf(variable)]);
  return { AWS_REGION: 'us-east-1', ...Object.fromEntries(variables) };
}

function sampleOf(variable: string): string {
  if (variable.endsWith('_SECONDS')) return '600';
  if (variable === 'STORAGE_TERMS') return '{"storageClass":"STANDARD_IA"}';
  return variable.endsWith('_ARN') ? 'arn:aws:states:us-east-1:111122223333:stateMachine:test' : 'test/test';
}
