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
  DUE_INDEXES,
  FINISHED_INDEX,
  listIndexName,
  RETAINED_INDEX,
  VERIFIED_INDEX,
} from '../../../functions/adapters/dynamodb/tables.ts';
import { BASE_PATH } from '../../../functions/api/http/router.ts';
import { putEvents } from '../../iam/events.ts';
import { findExecutions, readExecutionHistory, startExecutions } from '../../iam/executions.ts';
import { ownSecrets, writeSecrets } from '../../iam/secrets.ts';
import { listItems, manyItems, queryIndexes, readTotals, tableItems } from '../../iam/table-items.ts';
import type { TenantConfig } from '../../tenant-config.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import { type StateMachines, stateMachineVariables } from '../workflows/state-machines.ts';
import { CallerPolicies } from './caller-policies.ts';

interface ServiceApiProps {
  readonly deployment: Deployment;
  readonly authorization: TenantConfig['authorization'];
  readonly stateMachines: StateMachines;
  /** Prefix of the names of the secrets that the service creates, without the slash. */
  readonly secretsPrefix: string;
  /** Name of the API in the console. */
  readonly name: string;
  readonly throttle: TenantConfig['apiThrottle'];
}

/**
 * The HTTP API and its two functions: reads go to `query`, which cannot write, and writes to `command`. Neither can
 * reach TiDB, a backup's files or a secret's value. The paths are in the functions' route tables.
 */
export class ServiceApi extends Construct {
  /** Base URL of all routes. */
  readonly url: string;
  readonly gateway: HttpApi;
  readonly functions: readonly ServiceFunction[];
  /** For callers with AWS credentials. Unset if callers use tokens. */
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
      queryIndexes(tables.clusters, DUE_INDEXES.overdue.name),
      tableItems(tables.config, 'read'),
      tableItems(tables.imports, 'read'),
      readTotals(tables.counters),
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
      // `remove` of the last two undoes a start that failed half-way.
      ...[tables.clusters, tables.backups, tables.workflows].map((table) =>
        tableItems(table, 'read', 'create', 'update', 'remove'),
      ),
      tableItems(tables.config, 'read', 'update'),
      tableItems(tables.requests, 'read', 'create', 'update', 'remove'),
      // To find the backups to delete, with or without their cluster.
      queryIndexes(tables.backups, listIndexName(['clusterId']), listIndexName(['clusterId', 'backupMode'])),
      // Details for the plan of a deletion.
      manyItems(tables.backups),
      // For the estimate and the base of the next backup.
      queryIndexes(tables.backups, FINISHED_INDEX.name),
      startExecutions(...workflows),
      findExecutions(...workflows),
      // Publishes windows that a request ends, because no sweep would.
      putEvents(Stack.of(this)),
      writeSecrets([ownSecrets(Stack.of(this), secretsPrefix)]),
    );

    const api = new HttpApi(this, 'Default', {
      apiName: props.name,
      // The authorizer of every route without its own; none has one.
      defaultAuthorizer: authorizer(props.authorization),
      createDefaultStage: false,
    });
    new HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      throttle: { rateLimit: props.throttle.ratePerSecond, burstLimit: props.throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(new LogGroup(this, 'AccessLogs', settings.logs)),
        // Who did what to which backup. Headers, queries and bodies are not logged, because they may hold secrets.
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
    // Greedy: one route matches a path with and without its trailing slash, which are two routes to API Gateway.
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

/** The caller, as the access log names them. */
function callerContext(authorization: TenantConfig['authorization']): Record<string, string> {
  switch (authorization.type) {
    case 'iam':
      return { caller: '$context.identity.userArn' };
    case 'jwt':
      return { caller: '$context.authorizer.claims.sub', client: '$context.authorizer.claims.client_id' };
  }
}
