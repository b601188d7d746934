import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { DataKey } from '../../../../infra/constructs/data/data-key.ts';
import { RETRY_POLICIES } from '../../../../infra/constructs/workflows/retry-policies.ts';
import {
  checkPlaceholders,
  withLists,
  withRetryPolicies,
} from '../../../../infra/constructs/workflows/state-machine-definition.ts';
import { StateMachineDefinitionError } from '../../../../infra/constructs/workflows/state-machine-definition-error.ts';
import { Workflow } from '../../../../infra/constructs/workflows/workflow.ts';

const placeholder = (name: string) => `\${${name}}`;

const DEFINITION = JSON.stringify({
  StartAt: 'backup',
  States: {
    backup: { Type: 'Task', Resource: placeholder('BackupFunctionArn'), Next: 'end' },
    end: { Type: 'Task', Resource: placeholder('EndFunctionArn'), End: true },
  },
});

describe('placeholders and substitutions of a state machine', () => {
  it('pass when they are the same set', () => {
    expect(() => checkPlaceholders(DEFINITION, ['EndFunctionArn', 'BackupFunctionArn'], 'x.asl.json')).not.toThrow();
  });

  it.each([
    [
      'a placeholder without a substitution',
      ['BackupFunctionArn'],
      `${placeholder('EndFunctionArn')} has no substitution`,
    ],
    [
      'a substitution without a placeholder',
      ['BackupFunctionArn', 'EndFunctionArn', 'FailFunctionArn'],
      'substitution FailFunctionArn has no placeholder',
    ],
    [
      'a misspelt substitution',
      ['BackupFunctionArn', 'endFunctionArn'],
      `${placeholder('EndFunctionArn')} has no substitution; substitution endFunctionArn has no placeholder`,
    ],
  ])('%s stops the synth', (_case, substitutions, problem) => {
    expect(() => checkPlaceholders(DEFINITION, substitutions, 'x.asl.json')).toThrow(
      new StateMachineDefinitionError(`x.asl.json: ${problem}`),
    );
  });

  it('are checked for each workflow that is built', () => {
    const stack = new Stack();
    const logs = {
      retention: RetentionDays.ONE_DAY,
      encryptionKey: new DataKey(stack, 'Key'),
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    };
    const build = () => new Workflow(stack, 'Workflow', { definitionFile: 'backup-cluster.asl.json', nodes: [], logs });

    expect(build).toThrow(`backup-cluster.asl.json: ${placeholder('ChooseExecutorFunctionArn')} has no substitution`);
  });
});

describe('the retry policies of a state machine', () => {
  it('are replaced by name', () => {
    const definition = `{"Retry": ["${placeholder('RetryNone')}"], "Resource": "${placeholder('BackupFunctionArn')}"}`;

    expect(JSON.parse(withRetryPolicies(definition, 'x.asl.json'))).toEqual({
      Retry: [RETRY_POLICIES.None],
      Resource: placeholder('BackupFunctionArn'),
    });
  });

  it('must be known, or the synth stops', () => {
    expect(() => withRetryPolicies(`["${placeholder('RetryForever')}"]`, 'x.asl.json')).toThrow(
      new StateMachineDefinitionError('x.asl.json: there is no retry policy Forever'),
    );
  });
});

describe('the lists of a state machine', () => {
  const definition = JSON.stringify({ Subnets: placeholder('Subnets'), Other: placeholder('Other') });

  it('have a placeholder for each item', () => {
    const { definition: text, substitutions } = withLists(definition, { Subnets: ['subnet-a', 'subnet-b'] });

    expect(JSON.parse(text)).toEqual({
      Subnets: [placeholder('Subnets1'), placeholder('Subnets2')],
      Other: placeholder('Other'),
    });
    expect(substitutions).toEqual({ Subnets1: 'subnet-a', Subnets2: 'subnet-b' });
  });

  it('without a placeholder stop the synth like other substitutions', () => {
    const { definition: text, substitutions } = withLists(definition, { Misspelt: ['a'] });

    expect(() => checkPlaceholders(text, ['Subnets', 'Other', ...Object.keys(substitutions)], 'x.asl.json')).toThrow(
      'substitution Misspelt1 has no placeholder',
    );
  });
});
