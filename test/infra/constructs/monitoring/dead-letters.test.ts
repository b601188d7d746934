import { describe, expect, it } from 'vitest';
import { MINIMAL_TENANT, onlyResourceOf, resourcesOf, synthesized } from '../../synthesized.ts';

const template = synthesized(MINIMAL_TENANT);
const queues = resourcesOf(template, 'AWS::SQS::Queue');
const KEY = { 'Fn::GetAtt': [onlyResourceOf(template, 'AWS::KMS::Key').id, 'Arn'] };

/** What a property refers to: `DeadLettersInvocations`. */
function idOf(arn: unknown): string | undefined {
  const { 'Fn::GetAtt': [id] = [] } = arn as { 'Fn::GetAtt'?: string[] };
  return id?.replace(/[0-9A-F]{8}$/, '');
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: object;
}

describe('the dead-letter queues', () => {
  it.each(queues)("%s is encrypted with the customer's key and keeps messages for two weeks", (_id, queue) => {
    expect(queue.Properties).toMatchObject({ KmsMasterKeyId: KEY, MessageRetentionPeriod: 14 * 24 * 3600 });
  });

  it.each(queues)('%s refuses requests without TLS, and accepts only messages of its own rules', (id) => {
    const [, policy] =
      resourcesOf<{ Queues: { Ref: string }[]; PolicyDocument: { Statement: Statement[] } }>(
        template,
        'AWS::SQS::QueuePolicy',
      ).find(([, { Properties }]) => Properties.Queues.some(({ Ref }) => Ref === id)) ?? [];
    const { Statement: statements = [] } = policy?.Properties.PolicyDocument ?? {};

    expect(statements).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: 'sqs:*',
        Principal: { AWS: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
    for (const { Action, Principal, Condition } of statements.filter(({ Effect }) => Effect === 'Allow')) {
      expect({ Action, Principal }).toEqual({
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
      });
      expect(Condition).toMatchObject({ ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': expect.anything() } } });
    }
  });

  it('let EventBridge, and the topic CloudWatch, encrypt what they send, only for this account', () => {
    const { Statement: statements } = onlyResourceOf(template, 'AWS::KMS::Key').resource.Properties.KeyPolicy as {
      Statement: Statement[];
    };

    for (const service of ['events.amazonaws.com', 'cloudwatch.amazonaws.com']) {
      // CDK joins statements that are equal for several services.
      expect(statements.filter(({ Principal }) => JSON.stringify(Principal).includes(service))).toEqual([
        expect.objectContaining({
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
          Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
        }),
      ]);
    }
  });
});

describe('an event that fails for good', () => {
  interface Rule {
    readonly Targets: { readonly Arn: unknown; readonly DeadLetterConfig?: { readonly Arn: unknown } }[];
  }
  interface OnFailure {
    readonly FunctionName: { readonly Ref: string };
    readonly DestinationConfig?: { readonly OnFailure: { readonly Destination: unknown } };
  }
  const rules = resourcesOf<Rule>(template, 'AWS::Events::Rule');

  it.each(rules)('in the delivery of rule %s is a dead letter', (_id, { Properties }) => {
    expect(Properties.Targets.map(({ DeadLetterConfig }) => idOf(DeadLetterConfig?.Arn))).toEqual([
      'DeadLettersInvocations',
    ]);
  });

  it.each(rules)('in the function that rule %s invokes is a dead letter', (_id, { Properties }) => {
    const [target] = Properties.Targets;
    const [, config] =
      resourcesOf<OnFailure>(template, 'AWS::Lambda::EventInvokeConfig').find(
        ([, each]) => idOf({ 'Fn::GetAtt': [each.Properties.FunctionName.Ref] }) === idOf(target?.Arn),
      ) ?? [];

    expect(idOf(config?.Properties.DestinationConfig?.OnFailure.Destination)).toBe('DeadLettersInvocations');
  });
});
