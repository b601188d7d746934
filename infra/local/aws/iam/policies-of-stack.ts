import * as z from 'zod';
import type { Stack, StackResource } from '../../template/stack.ts';
import type { ForeignBucket } from '../s3/foreign-bucket.ts';
import type { NamedPolicy } from './simulator.ts';

const namedPolicies = z.array(z.object({ PolicyName: z.string(), PolicyDocument: z.unknown() })).default([]);
const roleSchema = z.object({ Policies: namedPolicies, ManagedPolicyArns: z.array(z.string()).default([]) });
const attachedPolicySchema = z.object({ PolicyDocument: z.unknown(), Roles: z.array(z.string()).default([]) });
const bucketPolicySchema = z.object({ Bucket: z.string(), PolicyDocument: z.unknown() });
const keySchema = z.object({ KeyPolicy: z.unknown() });
const tableSchema = z.object({ SSESpecification: z.object({ KMSMasterKeyId: z.string().optional() }).optional() });
const queueSchema = z.object({ KmsMasterKeyId: z.string().optional() });
const bucketSchema = z.object({
  BucketEncryption: z
    .object({
      ServerSideEncryptionConfiguration: z.array(
        z.object({ ServerSideEncryptionByDefault: z.object({ KMSMasterKeyID: z.string().optional() }).optional() }),
      ),
    })
    .optional(),
});

/** The permissions in the template. */
export interface StackPolicies {
  /** Policies of a role, by its ARN; empty for a role outside the template. */
  readonly ofRole: (roleArn: string) => readonly NamedPolicy[];
  /** Managed policies for roles outside the stack, by their construct. */
  readonly forOthers: (constructId: string) => readonly NamedPolicy[];
  /** Policy of a bucket or a key, by its ARN or the ARN of an object in the bucket. */
  readonly ofResource: (arn: string) => NamedPolicy | undefined;
  /** ARN of the key that encrypts a table, bucket or queue, by the ARN of that resource. */
  readonly keyOf: (arn: string) => string | undefined;
  /** Account that owns a bucket, by the bucket's ARN or that of an object; `undefined` for the stack's own. */
  readonly accountOf: (arn: string) => string | undefined;
}

export function policiesOf(stack: Stack, foreign: readonly ForeignBucket[] = []): StackPolicies {
  const byRole = rolePolicies(stack);
  const byResource = new Map([...resourcePolicies(stack), ...foreign.flatMap(keyPolicyOf)]);
  const ofForeign = currentPolicies(foreign);
  const keys = new Map([
    ...encryptionKeys(stack),
    ...foreign.map(({ name, keyArn }) => [`arn:aws:s3:::${name}`, keyArn] as const),
  ]);
  const accounts = new Map(foreign.map(({ name, accountId }) => [`arn:aws:s3:::${name}`, accountId]));
  return {
    ofRole: (roleArn) => byRole.get(roleArn) ?? NONE,
    forOthers: (constructId) =>
      stack
        .resourcesOf('AWS::IAM::ManagedPolicy')
        .filter(({ logicalId }) => logicalId.startsWith(constructId))
        .map(attachedPolicy)
        .map(({ name, document }) => ({ name, document })),
    ofResource: (arn) => byResource.get(bucketArnOf(arn)) ?? ofForeign(bucketArnOf(arn)),
    keyOf: (arn) => keys.get(arn),
    accountOf: (arn) => accounts.get(bucketArnOf(arn)),
  };
}

const NONE: readonly NamedPolicy[] = [];

/** Maps an object to its bucket and leaves other ARNs unchanged. */
function bucketArnOf(arn: string): string {
  return arn.replace(/^(arn:aws:s3:::[^/]+)\/.*$/s, '$1');
}

function keyPolicyOf({ keyArn, keyPolicy }: ForeignBucket): (readonly [string, NamedPolicy])[] {
  return keyArn !== undefined && keyPolicy ? [[keyArn, { name: keyArn, document: keyPolicy }]] : [];
}

/** The policy that each of these buckets has by now: its owner may change it. */
function currentPolicies(foreign: readonly ForeignBucket[]): (bucketArn: string) => NamedPolicy | undefined {
  // Decisions are cached by the policy.
  const named = new WeakMap<object, NamedPolicy>();
  return (bucketArn) => {
    const bucket = foreign.find(({ name }) => bucketArn === `arn:aws:s3:::${name}`);
    const document = bucket?.policy;
    if (bucket === undefined || document === undefined) return undefined;
    const policy = named.get(document) ?? { name: bucket.name, document };
    named.set(document, policy);
    return policy;
  };
}

function rolePolicies(stack: Stack): ReadonlyMap<string, readonly NamedPolicy[]> {
  const managed = new Map(
    stack.resourcesOf('AWS::IAM::ManagedPolicy').map((resource) => [resource.ref, attachedPolicy(resource)]),
  );
  const attached = [...managed.values(), ...stack.resourcesOf('AWS::IAM::Policy').map(attachedPolicy)];
  return new Map(
    stack.resourcesOf('AWS::IAM::Role').map(({ logicalId, ref, attributes, properties }) => {
      const { Policies, ManagedPolicyArns } = roleSchema.parse(properties);
      const inline = Policies.map(({ PolicyName, PolicyDocument }) => ({ name: PolicyName, document: PolicyDocument }));
      const named = ManagedPolicyArns.map((arn) => {
        const policy = managed.get(arn);
        if (policy === undefined) throw new Error(`the local IAM does not know ${arn}, which role ${logicalId} holds`);
        return policy;
      });
      const others = attached.filter(({ roles }) => roles.includes(ref));
      return [
        attributes.Arn ?? ref,
        [...inline, ...named, ...others].map(({ name, document }) => ({ name, document })),
      ];
    }),
  );
}

function attachedPolicy({ logicalId, properties }: StackResource): NamedPolicy & { readonly roles: readonly string[] } {
  const { PolicyDocument, Roles } = attachedPolicySchema.parse(properties);
  return { name: logicalId, document: PolicyDocument, roles: Roles };
}

function resourcePolicies(stack: Stack): ReadonlyMap<string, NamedPolicy> {
  const ofBuckets = stack.resourcesOf('AWS::S3::BucketPolicy').map(({ logicalId, properties }) => {
    const { Bucket, PolicyDocument } = bucketPolicySchema.parse(properties);
    return [`arn:aws:s3:::${Bucket}`, { name: logicalId, document: PolicyDocument }] as const;
  });
  const ofKeys = stack.resourcesOf('AWS::KMS::Key').map(({ logicalId, ref, attributes, properties }) => {
    const { KeyPolicy } = keySchema.parse(properties);
    return [attributes.Arn ?? ref, { name: logicalId, document: KeyPolicy }] as const;
  });
  return new Map([...ofBuckets, ...ofKeys]);
}

function encryptionKeys(stack: Stack): ReadonlyMap<string, string> {
  const ofTables = stack.resourcesOf('AWS::DynamoDB::Table').map(({ attributes, properties }) => {
    return [attributes.Arn, tableSchema.parse(properties).SSESpecification?.KMSMasterKeyId];
  });
  const ofBuckets = stack.resourcesOf('AWS::S3::Bucket').map(({ attributes, properties }) => {
    const rules = bucketSchema.parse(properties).BucketEncryption?.ServerSideEncryptionConfiguration ?? [];
    return [attributes.Arn, rules[0]?.ServerSideEncryptionByDefault?.KMSMasterKeyID];
  });
  const ofQueues = stack.resourcesOf('AWS::SQS::Queue').map(({ attributes, properties }) => {
    return [attributes.Arn, queueSchema.parse(properties).KmsMasterKeyId];
  });
  return new Map(
    [...ofTables, ...ofBuckets, ...ofQueues].flatMap(([arn, key]) =>
      arn === undefined || key === undefined ? [] : [[arn, key] as const],
    ),
  );
}
