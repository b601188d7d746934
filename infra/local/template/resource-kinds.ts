import type { ResourceIdentity } from './intrinsics.ts';
import type { StackEnvironment } from './template.ts';

/** What a resource's identity is made of. */
interface IdentityContext {
  readonly environment: StackEnvironment;
  readonly logicalId: string;
  /** A resolved property that, if set, must be a string (a name that the template chose). */
  readonly given: (property: string) => string | undefined;
  /** Where the HTTP API listens. */
  readonly httpApiUrl: string;
}

/** How the local cloud treats a resource type: it runs it, or ignores it for a documented reason. */
export interface ResourceKind {
  readonly ignoredBecause?: string;
  readonly identity: (context: IdentityContext) => ResourceIdentity;
}

const named =
  (nameProperty: string, attributes: (name: string, context: IdentityContext) => Record<string, string>) =>
  (context: IdentityContext): ResourceIdentity => {
    const name = context.given(nameProperty) ?? `${context.environment.stackName}-${context.logicalId}`;
    return { ref: name, attributes: attributes(name, context) };
  };

const arn = ({ environment }: IdentityContext, service: string, resource: string): string =>
  `arn:aws:${service}:${environment.region}:${environment.accountId}:${resource}`;

/** The identity of a resource that does not run but may be referred to. */
const opaque = ({ environment, logicalId }: IdentityContext): ResourceIdentity => ({
  ref: `${environment.stackName}-${logicalId}`,
  attributes: {},
});

const ignored = (ignoredBecause: string, identity: ResourceKind['identity'] = opaque): ResourceKind => ({
  ignoredBecause,
  identity,
});

const NOT_AUTHORIZED = 'AWS services may act on their own behalf here';
const NO_MAIL = 'no one is on call for one machine: alarms are evaluated but notify no one';
const NO_NETWORK = 'everything talks over loopback';

/** Every supported resource type. Any other is an error. */
export const RESOURCE_KINDS: Readonly<Record<string, ResourceKind>> = {
  'AWS::DynamoDB::Table': {
    identity: named('TableName', (name, context) => ({
      Arn: arn(context, 'dynamodb', `table/${name}`),
      // AWS appends the time at which the stream was enabled.
      StreamArn: arn(context, 'dynamodb', `table/${name}/stream/2026-01-01T00:00:00.000`),
    })),
  },
  'AWS::S3::Bucket': {
    identity: (context) => {
      const name =
        context.given('BucketName') ??
        `${context.environment.stackName}-${context.logicalId}`.toLowerCase().slice(0, 63);
      return {
        ref: name,
        attributes: {
          Arn: `arn:aws:s3:::${name}`,
          DomainName: `${name}.s3.amazonaws.com`,
          RegionalDomainName: `${name}.s3.${context.environment.region}.amazonaws.com`,
        },
      };
    },
  },
  'AWS::Lambda::Function': {
    identity: named('FunctionName', (name, context) => ({ Arn: arn(context, 'lambda', `function:${name}`) })),
  },
  'AWS::Lambda::EventInvokeConfig': { identity: opaque },
  'AWS::Lambda::EventSourceMapping': { identity: opaque },
  'AWS::SQS::Queue': {
    identity: (context) => {
      const { accountId, region, stackName } = context.environment;
      const name = context.given('QueueName') ?? `${stackName}-${context.logicalId}`;
      return {
        ref: `https://sqs.${region}.amazonaws.com/${accountId}/${name}`,
        attributes: { Arn: arn(context, 'sqs', name), QueueName: name },
      };
    },
  },
  'AWS::StepFunctions::StateMachine': {
    identity: (context) => {
      const name = context.given('StateMachineName') ?? `${context.environment.stackName}-${context.logicalId}`;
      const ref = arn(context, 'states', `stateMachine:${name}`);
      return { ref, attributes: { Arn: ref, Name: name } };
    },
  },
  'AWS::CloudWatch::Alarm': {
    identity: named('AlarmName', (name, context) => ({ Arn: arn(context, 'cloudwatch', `alarm:${name}`) })),
  },
  'AWS::ECS::Cluster': {
    identity: named('ClusterName', (name, context) => ({ Arn: arn(context, 'ecs', `cluster/${name}`) })),
  },
  'AWS::ECS::TaskDefinition': {
    identity: (context) => {
      const family = context.given('Family') ?? `${context.environment.stackName}-${context.logicalId}`;
      const ref = arn(context, 'ecs', `task-definition/${family}:1`);
      return { ref, attributes: { TaskDefinitionArn: ref } };
    },
  },
  'AWS::Events::Rule': {
    identity: named('Name', (name, context) => ({ Arn: arn(context, 'events', `rule/${name}`) })),
  },
  'AWS::ApiGatewayV2::Api': {
    identity: ({ logicalId, httpApiUrl }) => ({
      ref: logicalId,
      attributes: { ApiId: logicalId, ApiEndpoint: httpApiUrl },
    }),
  },
  'AWS::ApiGatewayV2::Integration': { identity: opaque },
  'AWS::ApiGatewayV2::Route': { identity: opaque },
  'AWS::ApiGatewayV2::Stage': { identity: named('StageName', () => ({})) },
  'AWS::IAM::ManagedPolicy': {
    identity: (context) => ({
      ref: `arn:aws:iam::${context.environment.accountId}:policy/${context.logicalId}`,
      attributes: {},
    }),
  },
  'AWS::IAM::Policy': { identity: opaque },
  'AWS::IAM::Role': {
    identity: named('RoleName', (name, { environment }) => ({
      Arn: `arn:aws:iam::${environment.accountId}:role/${name}`,
    })),
  },
  // Nothing is encrypted at rest on one machine, but the rights on the key are checked.
  'AWS::KMS::Key': {
    identity: (context) => ({
      ref: context.logicalId,
      attributes: { Arn: arn(context, 'kms', `key/${context.logicalId}`), KeyId: context.logicalId },
    }),
  },
  'AWS::S3::BucketPolicy': { identity: opaque },

  'AWS::ApiGatewayV2::Authorizer': ignored(NOT_AUTHORIZED),
  'AWS::CDK::Metadata': ignored('describes the template to its maker'),
  'AWS::CloudWatch::Dashboard': ignored('no one watches one machine'),
  'AWS::EC2::SecurityGroup': ignored(NO_NETWORK, (context) => ({
    ...opaque(context),
    attributes: { GroupId: `sg-${context.logicalId}` },
  })),
  'AWS::EC2::SecurityGroupEgress': ignored(NO_NETWORK),
  'AWS::EC2::SecurityGroupIngress': ignored(NO_NETWORK),
  'AWS::EC2::VPCEndpoint': ignored(NO_NETWORK),
  'AWS::KMS::Alias': ignored('nothing is encrypted at rest in memory'),
  'AWS::Lambda::Permission': ignored(NOT_AUTHORIZED),
  'AWS::Logs::LogGroup': ignored(
    'log lines are passed to the caller and not stored',
    named('LogGroupName', (name, context) => ({ Arn: arn(context, 'logs', `log-group:${name}:*`) })),
  ),
  'AWS::SNS::Subscription': ignored(NO_MAIL),
  'AWS::SNS::Topic': ignored(NO_MAIL, (context) => {
    const ref = arn(context, 'sns', context.logicalId);
    return { ref, attributes: { TopicArn: ref, TopicName: context.logicalId } };
  }),
  'AWS::SNS::TopicPolicy': ignored(NO_MAIL),
  'AWS::SQS::QueuePolicy': ignored(NOT_AUTHORIZED),
};
