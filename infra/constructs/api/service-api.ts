import { Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import {
  FINISHED_INDEX,
  listIndexName,
  RETAINED_INDEX,
  VERIFIED_INDEX,
} from '../../../functions/adapters/dynamodb/tables.ts';
import { BASE_PATH } from '../../../functions/api/http/router.ts';
import { putEvents } from '../../iam/events.ts';
import { findExecutions, readExecutionHistory, startExecutions } from '../../iam/executions.ts';
import { ownSecrets, writeSecrets } from '../../iam/secrets.ts';
import { listItems, manyItems, queryIndexes, tableItems } from '../../iam/table-items.ts';
import type { TenantConfig } from '../../tenant-config.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import { type StateMachines, stateMachineVariables } from '../workflows/state-machines.ts';
import { CallerPolicies } from './caller-policies.ts';

interface ServiceApiProps {
  readonly deployment: Deployment;
  readonly authorization: TenantConfig['authorization'];
  readonly stateMachines: StateMachines;
  /** Names of the secrets that the service makes begin with it and a slash. */
  readonly secretsPrefix: string;
  /** Of the API, as the console lists it. */
  readonly name: string;
  readonly throttle: TenantConfig['apiThrottle'];
}

/**
 * The HTTP API and its two functions: reads go to `query`, which cannot write, and writes to `command`. Neither can reach
 * TiDB, a backup's files or a secret's value. Which paths there are is stated in the functions' route tables.
 */
export class ServiceApi extends Construct {
  /** Base URL of all routes. */
  readonly url: string;
  readonly gateway: HttpApi;
  readonly functions: readonly ServiceFunction[];
  /** Of callers with AWS credentials; absent where they come with tokens. */
  readonly callerPolicies: CallerPolicies | undefined;

  constructor(scope: Construct, id: string, props: ServiceApiProps) {
    super(scope, id);
    const { stateMachines, secretsPrefix } = props;
    const workflows = Object.values(stateMachines);
    const { settings, tables, storage, environment } = props.deployment;

    const query = new ServiceFunction(this, { name: 'query', settings, environment });
    query.grant(
      ...[tables.clusters, tables.backups, tables.workflows].flatMap((table) => [
        tableItems(table, 'read'),
        ...listItems(table),
      ]),
      queryIndexes(tables.backups, RETAINED_INDEX.name, FINISHED_INDEX.name, VERIFIED_INDEX.name),
      tableItems(tables.config, 'read'),
      tableItems(tables.imports, 'read'),
      readExecutionHistory(...workflows),
    );

    const command = new ServiceFunction(this, {
      name: 'command',
      settings,
      environment: {
        ...environment,
        REQUESTS_TABLE: tables.requests.table.tableName,
        ...stateMachineVariables(stateMachines),
        SECRETS_PREFIX: secretsPrefix,
        SECRETS_KEY_ARN: storage.key.keyArn,
      },
    });
    command.grant(
      // `remove` of the last two undoes a start that went wrong half way.
      ...[tables.clusters, tables.backups, tables.workflows].map((table) =>
        tableItems(table, 'read', 'create', 'update', 'remove'),
      ),
      tableItems(tables.config, 'read', 'update'),
      tableItems(tables.requests, 'read', 'create', 'update', 'remove'),
      // What is to be deleted with or without its cluster.
      queryIndexes(tables.backups, listIndexName(['clusterId']), listIndexName(['clusterId', 'backupMode'])),
      // What the plan of that tells of each.
      manyItems(tables.backups),
      // What the next backup is estimated from, or builds on.
      queryIndexes(tables.backups, FINISHED_INDEX.name),
      startExecutions(...workflows),
      findExecutions(...workflows),
      // Windows that a request ends: no sweep would tell of them.
      putEvents(Stack.of(this)),
      writeSecrets([ownSecrets(Stack.of(this), secretsPrefix)]),
    );

    const api = new HttpApi(this, 'Default', {
      apiName: props.name,
      // The authorizer of every route that does not name its own; none does.
      defaultAuthorizer: authorizer(props.authorization),
      createDefaultStage: false,
    });
    new HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      throttle: { rateLimit: props.throttle.ratePerSecond, burstLimit: props.throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(new LogGroup(this, 'AccessLogs', settings.logs)),
        // Who did what to which backup. No header, query or body: none of them is ours to keep.
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            time: '$context.requestTime',
            sourceIp: '$context.identity.sourceIp',
            ...callerContext(props.authorization),
            method: '$context.httpMethod',
            path: '$context.path',
            status: '$context.status',
            latencyMs: '$context.responseLatency',
            error: '$context.error.message',
          }),
        ),
      },
    });
    // Greedy: one route takes a path with and without its trailing slash, which are two keys to API Gateway.
    const path = `${BASE_PATH}/{proxy+}`;
    api.addRoutes({ path, methods: [HttpMethod.GET], integration: new HttpLambdaIntegration('Query', query.lambda) });
    api.addRoutes({
      path,
      methods: [HttpMethod.POST, HttpMethod.PUT, HttpMethod.DELETE],
      integration: new HttpLambdaIntegration('Command', command.lambda),
    });
    this.callerPolicies = props.authorization.type === 'iam' ? new CallerPolicies(this, 'Callers', api) : undefined;
    this.url = `${api.apiEndpoint}${BASE_PATH}`;
    this.gateway = api;
    this.functions = [query, command];
  }
}

function authorizer(authorization: TenantConfig['authorization']): IHttpRouteAuthorizer {
  switch (authorization.type) {
    case 'iam':
      return new HttpIamAuthorizer();
    case 'jwt':
      return new HttpJwtAuthorizer('Jwt', authorization.issuer, { jwtAudience: authorization.audience });
  }
}

/** Who called, as the access log names them. */
function callerContext(authorization: TenantConfig['authorization']): Record<string, string> {
  switch (authorization.type) {
    case 'iam':
      return { caller: '$context.identity.userArn' };
    case 'jwt':
      return { caller: '$context.authorizer.claims.sub', client: '$context.authorizer.claims.client_id' };
  }
}
