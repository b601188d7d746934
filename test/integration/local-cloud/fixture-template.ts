/** Small templates with inline functions: each test states only the resources that it is about. */

/** Code of one function, exported as `handler`; `${Name}`s of the template are not resolved. */
export interface FixtureFunction {
  readonly code: string;
  readonly timeoutSeconds?: number;
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly logFormat?: 'JSON' | 'Text';
  readonly reservedConcurrency?: number;
  readonly recursiveLoop?: 'Allow';
}

type Resources = Record<string, { Type: string; Properties: Record<string, unknown> }>;

function functionResource({
  code,
  timeoutSeconds = 5,
  environment = {},
  logFormat = 'JSON',
  reservedConcurrency,
  recursiveLoop,
}: FixtureFunction) {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Role: { 'Fn::GetAtt': ['FixtureRole', 'Arn'] },
      Code: { ZipFile: code },
      Timeout: timeoutSeconds,
      MemorySize: 256,
      Environment: { Variables: environment },
      LoggingConfig: { LogFormat: logFormat },
      ...(recursiveLoop && { RecursiveLoop: recursiveLoop }),
      ...(reservedConcurrency !== undefined && { ReservedConcurrentExecutions: reservedConcurrency }),
    },
  };
}

/** Functions by logical id, with a role that may do everything. */
export function functionResources(functions: Readonly<Record<string, FixtureFunction>>): Resources {
  return {
    FixtureRole: roleResource({ Effect: 'Allow', Action: '*', Resource: '*' }),
    ...Object.fromEntries(Object.entries(functions).map(([id, each]) => [id, functionResource(each)])),
  };
}

/** A role with exactly these rights. */
export function roleResource(...Statement: readonly object[]) {
  const PolicyDocument = { Version: '2012-10-17', Statement };
  return { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyName: 'fixture', PolicyDocument }] } };
}

/** An HTTP API whose routes (`GET /x`) lead to the functions with these logical ids, with a timeout of `timeoutMillis`. */
export function apiResources(routes: Readonly<Record<string, string>>, timeoutMillis = 30_000): Resources {
  const perRoute = Object.entries(routes).flatMap(([routeKey, functionId], index) => [
    [
      `Integration${index}`,
      {
        Type: 'AWS::ApiGatewayV2::Integration',
        Properties: {
          ApiId: { Ref: 'Api' },
          IntegrationType: 'AWS_PROXY',
          IntegrationUri: { 'Fn::GetAtt': [functionId, 'Arn'] },
          PayloadFormatVersion: '2.0',
          TimeoutInMillis: timeoutMillis,
        },
      },
    ],
    [
      `Route${index}`,
      {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: {
          ApiId: { Ref: 'Api' },
          RouteKey: routeKey,
          AuthorizationType: 'AWS_IAM',
          Target: { 'Fn::Join': ['', ['integrations/', { Ref: `Integration${index}` }]] },
        },
      },
    ],
  ]);
  return {
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'fixture', ProtocolType: 'HTTP' } },
    ...Object.fromEntries(perRoute),
  };
}

/** A state machine; `substitutions` map each `${Placeholder}` of the definition to a function. */
export function stateMachineResource(definition: object, substitutions: Readonly<Record<string, string>>) {
  return {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      DefinitionString: JSON.stringify(definition),
      DefinitionSubstitutions: Object.fromEntries(
        Object.entries(substitutions).map(([placeholder, id]) => [placeholder, { 'Fn::GetAtt': [id, 'Arn'] }]),
      ),
      RoleArn: 'arn:aws:iam::111122223333:role/fixture',
    },
  };
}
