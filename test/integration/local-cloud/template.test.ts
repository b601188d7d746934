import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createResolver } from '../../../infra/local/template/intrinsics.ts';
import { RESOURCE_KINDS } from '../../../infra/local/template/resource-kinds.ts';
import { readStack } from '../../../infra/local/template/stack.ts';
import { loadTemplate } from '../../../infra/local/template/template.ts';

const URL = 'http://127.0.0.1:1';
const unknown = { Type: 'AWS::Kinesis::Stream' };
const table = { Type: 'AWS::DynamoDB::Table' };

const outputOf = (value: unknown, more: object = {}) =>
  readStack({ Resources: { Table: table }, Outputs: { It: { Value: value } }, ...more }, URL).outputs.It;

describe('resource types', () => {
  it('that are unknown are an error that names each with its logical id', () => {
    expect(() => readStack({ Resources: { Jobs: unknown, Table: table, More: unknown } }, URL)).toThrow(
      'neither runs nor ignores: AWS::Kinesis::Stream (Jobs), AWS::Kinesis::Stream (More)',
    );
  });

  it('that are ignored have a reason', () => {
    const reasons = Object.values(RESOURCE_KINDS).flatMap(({ ignoredBecause }) => ignoredBecause ?? []);

    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) expect(reason).not.toBe('');
  });
});

it('finds assets beside the template, and where they are if the synth staged none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'template-'));
  const asset = (path: string, objectKey: string) => ({ source: { path }, destinations: { there: { objectKey } } });
  const files = { staged: asset('asset.a', 'a.zip'), unstaged: asset('/somewhere/else', 'b.zip') };
  const artifacts = {
    app: { environment: 'aws://111122223333/us-east-1', properties: { templateFile: 'app.template.json' } },
  };
  try {
    await writeFile(join(folder, 'app.template.json'), JSON.stringify({ Resources: {} }));
    await writeFile(join(folder, 'app.assets.json'), JSON.stringify({ files }));
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ artifacts }));

    const { assets } = loadTemplate(join(folder, 'app.template.json'));

    expect(Object.fromEntries(assets)).toEqual({ 'a.zip': join(folder, 'asset.a'), 'b.zip': '/somewhere/else' });
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe('intrinsic functions', () => {
  it.each([
    [{ Ref: 'Table' }, 'local-Table'],
    [{ 'Fn::GetAtt': ['Table', 'Arn'] }, 'arn:aws:dynamodb:us-east-1:111122223333:table/local-Table'],
    [{ 'Fn::GetAtt': 'Table.Arn' }, 'arn:aws:dynamodb:us-east-1:111122223333:table/local-Table'],
    [{ 'Fn::Join': ['/', ['a', { Ref: 'AWS::Region' }]] }, 'a/us-east-1'],
    [
      { 'Fn::Sub': `\${AWS::AccountId} \${Table} \${Table.Arn} \${!Literal}` },
      `111122223333 local-Table arn:aws:dynamodb:us-east-1:111122223333:table/local-Table \${Literal}`,
    ],
    [{ 'Fn::Sub': [`\${Mine}-\${AWS::Partition}`, { Mine: { Ref: 'Table' } }] }, 'local-Table-aws'],
    [{ 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [{ 'Fn::If': ['Yes', 'then', 'else'] }, 'then'],
    [{ 'Fn::If': ['No', 'then', 'else'] }, 'else'],
    [{ Ref: 'Version' }, '21'],
  ])('%j is %s', (value, expected) => {
    const more = {
      Parameters: { Version: { Default: '21' } },
      Conditions: {
        Yes: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
        No: { 'Fn::Not': [{ Condition: 'Yes' }] },
      },
    };

    expect(outputOf(value, more)).toBe(expected);
  });

  it.each([
    [{ Ref: 'Nothing' }, 'no resource Nothing'],
    [{ 'Fn::GetAtt': ['Table', 'TableId'] }, 'attribute TableId of Table'],
    [{ 'Fn::ImportValue': 'x' }, 'intrinsic function Fn::ImportValue'],
    [{ 'Fn::If': ['Unknown', 1, 2] }, 'condition Unknown'],
  ])('%j is an error that names it', (value, text) => {
    expect(() => outputOf(value)).toThrow(text);
  });

  it('omit what has no value', () => {
    const environment = { stackName: 's', accountId: '111122223333', region: 'us-east-1' };
    const empty = { Parameters: {}, Conditions: {}, Resources: {}, Outputs: {} };
    const resolve = createResolver(empty, environment, () => ({ ref: '', attributes: {} }));

    expect(resolve({ a: { Ref: 'AWS::NoValue' }, b: [1, { Ref: 'AWS::NoValue' }] })).toEqual({ b: [1] });
  });
});

it('resources whose condition is false do not exist', () => {
  const stack = readStack(
    {
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: { Table: { ...table, Condition: 'Never' }, Other: table },
    },
    URL,
  );

  expect(stack.resourcesOf('AWS::DynamoDB::Table').map(({ logicalId }) => logicalId)).toEqual(['Other']);
});
