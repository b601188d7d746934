import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deployInSteps } from '../../../infra/deploy/deploy.ts';
import { nextStep, type Template, template } from '../../../infra/deploy/steps.ts';
import { FULL_TENANT, MINIMAL_TENANT, synthesized } from '../synthesized.ts';
import { AccountOfStack } from './account-of-stack.ts';

const RELEASES = join(import.meta.dirname, '../releases');

/** Templates of the full tenant as earlier releases deployed them, named by their commits. */
const releases = readdirSync(RELEASES).map((file) => ({
  commit: file.replace('.template.json', ''),
  deployed: template.parse(JSON.parse(readFileSync(join(RELEASES, file), 'utf8'))),
}));

const full = template.parse(synthesized(FULL_TENANT).toJSON());
const minimal = template.parse(synthesized(MINIMAL_TENANT).toJSON());

const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
const indexOn = (name: string) => ({ IndexName: name, KeySchema: [{ AttributeName: `${name}Key`, KeyType: 'HASH' }] });

/** A stack of tables with these indexes, and a function that uses all of them. */
function stackOf(tables: Readonly<Record<string, readonly string[]>>): Template {
  const resources = Object.entries(tables).map(([id, indexes]) => [
    id,
    {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: ['id', ...indexes.map((name) => `${name}Key`)].map(attribute),
        ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes.map(indexOn) }),
        DeletionProtectionEnabled: true,
      },
    },
  ]);
  const code = { Type: 'AWS::Lambda::Function', Properties: { Uses: tables } };
  return { Resources: { ...Object.fromEntries(resources), Code: code } };
}

/** Deploys until nothing is left to do, in an account that refuses what AWS refuses. */
async function deployAll(account: AccountOfStack, wanted: Template): Promise<number> {
  let next: Template | undefined;
  return await deployInSteps({
    assembly: {
      wanted,
      replace: (changed, protect) => {
        next = changed;
        account.isProtected = protect;
      },
    },
    deployedTemplate: async () => account.deployed,
    deploy: async () => account.deploy(next),
    say: () => undefined,
  });
}

describe('a first deployment', () => {
  it.each([
    ['minimal', minimal],
    ['full', full],
  ])('of a %s tenant creates the stack, then protects its tables', async (_tenant, wanted) => {
    const account = new AccountOfStack();

    expect(await deployAll(account, wanted)).toBe(2);
    expect(account.deployed).toEqual(wanted);
    expect(account.isProtected).toBe(true);
  });

  it('that fails is rolled back without leaving anything, and can be repeated', async () => {
    const account = new AccountOfStack();
    account.failOnce = 'creation';

    await expect(deployAll(account, full)).rejects.toThrow('creation failed');
    expect(account.leftBehind).toEqual([]);
    expect(await deployAll(account, full)).toBe(2);
  });
});

describe.each(releases)('an update from $commit', ({ deployed }) => {
  it("reaches today's template by deployments that DynamoDB accepts", async () => {
    const account = new AccountOfStack(deployed);

    await deployAll(account, full);

    expect(account.deployed).toEqual(full);
  });

  it('keeps every table, bucket, key and API under its logical id, and changes nothing that would replace it', () => {
    const stateful =
      /^AWS::(DynamoDB::Table|S3::Bucket|KMS::Key|ApiGatewayV2::Api|SNS::Topic|SQS::Queue|StepFunctions::StateMachine)$/;
    for (const [id, { Type, Properties }] of Object.entries(deployed.Resources)) {
      if (!stateful.test(Type)) continue;
      expect(full.Resources, id).toHaveProperty([id, 'Type'], Type);
      for (const fixed of ['KeySchema', 'TableName', 'BucketName', 'ObjectLockEnabled', 'QueueName', 'ProtocolType']) {
        expect(full.Resources[id]?.Properties?.[fixed], `${id} ${fixed}`).toEqual(Properties?.[fixed]);
      }
    }
  });
});

describe('an update', () => {
  it('does nothing if everything is deployed', () => {
    expect(nextStep(full, full)).toBeUndefined();
  });

  it('creates all but the last index under the old code, and deletes others under the new', async () => {
    const account = new AccountOfStack(stackOf({ Backups: ['a', 'b'], Clusters: ['x'] }));
    const wanted = stackOf({ Backups: ['c', 'd', 'e'], Clusters: ['x', 'y'] });

    expect(await deployAll(account, wanted)).toBe(5);
    expect(account.history.map(({ Resources }) => Resources.Backups?.Properties?.GlobalSecondaryIndexes)).toEqual(
      [
        ['a', 'b', 'c'],
        ['a', 'b', 'c', 'd'],
        ['c', 'd', 'e', 'a', 'b'],
        ['c', 'd', 'e', 'b'],
        ['c', 'd', 'e'],
      ].map((names) => names.map(indexOn)),
    );
  });

  it('from any indexes to any others changes one index of a table at a time, and never lacks one that code uses', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 5 });
    const tables = fc.record({ Backups: names, Clusters: names });
    return fc.assert(
      fc.asyncProperty(tables, tables, async (before, after) => {
        const account = new AccountOfStack(stackOf(before));
        await deployAll(account, stackOf(after));
        expect(account.deployed).toEqual(stackOf(after));
      }),
    );
  });

  it('continues where it was interrupted', async () => {
    const account = new AccountOfStack(stackOf({ Backups: [] }));
    const wanted = stackOf({ Backups: ['a', 'b', 'c'] });
    account.failOnce = 'update 2';

    await expect(deployAll(account, wanted)).rejects.toThrow('update 2 failed');
    expect(await deployAll(account, wanted)).toBe(2);
  });

  it('refuses an index that changes under its name', () => {
    const changed = stackOf({ Backups: ['a'] });
    const table = changed.Resources.Backups?.Properties;
    Object.assign(table ?? {}, {
      GlobalSecondaryIndexes: [{ ...indexOn('a'), Projection: { ProjectionType: 'ALL' } }],
    });

    expect(() => nextStep(stackOf({ Backups: ['a'] }), changed)).toThrow(
      'index a of Backups cannot change: give the new one another name',
    );
  });
});
