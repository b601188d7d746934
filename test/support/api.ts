import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type ApiSurroundings, createHandler } from '../../functions/api/http/handler.ts';
import type { OpenApiDocument } from '../../functions/api/openapi/document.ts';
import { THIS_API } from '../../functions/api/openapi/this-api.ts';
import { COMMAND_ROUTES } from '../../functions/api/routes/command-routes.ts';
import { QUERY_ROUTES } from '../../functions/api/routes/query-routes.ts';
import type { BackupStore } from '../../functions/domain/backup/backup-store.ts';
import type { ClusterHistory } from '../../functions/domain/backup/cluster-history.ts';
import type { DeletionStore } from '../../functions/domain/backup/deletion-store.ts';
import type { EvidenceView } from '../../functions/domain/backup/evidence-view.ts';
import type { ImportLists } from '../../functions/domain/backup/import-job.ts';
import type { ClusterStore } from '../../functions/domain/cluster/cluster-store.ts';
import type { DueStore } from '../../functions/domain/cluster/due-store.ts';
import type { ConfigStore } from '../../functions/domain/config/config-store.ts';
import type { Metrics } from '../../functions/domain/events/metrics.ts';
import type { WindowEvents } from '../../functions/domain/events/window-events.ts';
import type { Clock } from '../../functions/domain/shared/clock.ts';
import type { SecretVault } from '../../functions/domain/shared/secret-vault.ts';
import type { FormerPlaceStore } from '../../functions/domain/storage/former-place-store.ts';
import type { RetentionView } from '../../functions/domain/strategy/retention-view.ts';
import type { StrategyStore } from '../../functions/domain/strategy/strategy-store.ts';
import type { ExecutionHistories, WorkflowExecutions } from '../../functions/domain/workflow/workflow-executions.ts';
import type { WorkflowStore } from '../../functions/domain/workflow/workflow-store.ts';
import { expectDocumented, expectDocumentedCsv } from './documented-answers.ts';

/** The ports of both functions' routes. */
export interface ApiPorts {
  clusters: ClusterStore;
  strategies: StrategyStore;
  due: DueStore;
  backups: BackupStore;
  retention: RetentionView;
  lists: ImportLists;
  evidence: EvidenceView;
  history: ClusterHistory;
  deletions: DeletionStore;
  workflows: WorkflowStore;
  config: ConfigStore;
  formerPlaces: FormerPlaceStore;
  executions: WorkflowExecutions;
  histories: ExecutionHistories;
  secrets: SecretVault;
  secretsPrefix: string;
  describeApi: () => Promise<OpenApiDocument>;
  hasProvisioner: boolean;
  hasWorker: boolean;
  defaultStoragePath: string;
  importBuckets?: readonly string[];
  events: WindowEvents;
  metrics: Metrics;
  clock: Pick<Clock, 'now'>;
}

export interface ApiAnswer {
  status: number;
  code: number;
  message: string;
  data: Record<string, unknown>;
  /** Replaces some of them. */
  csv?: string;
  page?: { page: number; pageSize: number; total?: number; nextPageToken?: string };
}

interface EventChange extends Partial<APIGatewayProxyEventV2> {
  /** What API Gateway says about the caller; defaults to one who signed with AWS credentials. */
  authorizer?: object;
}

export type ApiRequest = (route: string, body?: unknown, change?: EventChange) => Promise<ApiAnswer>;

/**
 * Sends requests to the handlers as API Gateway does: `GET` to the query function, all else to the command function. A route is `METHOD
 * /path?query`, without the base path; a body that is not text is sent as JSON. An undocumented answer fails the test.
 */
export function createApi(ports: ApiPorts, surroundings: Partial<ApiSurroundings> = {}): ApiRequest {
  const { once, ...around } = { callers: { type: 'iam' } as const, metrics: { emit: () => {} }, ...surroundings };
  const query = createHandler(QUERY_ROUTES, ports, around);
  const command = createHandler(COMMAND_ROUTES, ports, { ...around, ...(once && { once }) });
  return async (route, body, change) => {
    const event = apiEvent(route, body, change);
    const { method } = event.requestContext.http;
    const sent = await (method === 'GET' ? query : command)(event);
    const { statusCode: status = 0, body: text = '', headers } = sent;
    if (String(headers?.['content-type']).startsWith('text/csv')) {
      expectDocumentedCsv({ method, path: event.rawPath, status });
      return { status, code: 0, message: 'OK', data: {}, csv: text };
    }
    const answer = JSON.parse(text);
    expectDocumented({ method, path: event.rawPath, status, body: answer });
    return { status, ...answer };
  };
}

/** API Gateway's payload 2.0. */
export function apiEvent(
  route: string,
  body: unknown,
  { authorizer = { iam: {} }, ...change }: EventChange = {},
): APIGatewayProxyEventV2 {
  const [method = '', target = ''] = route.split(' ', 2);
  const [path = '', search = ''] = target.split(/\?(.*)/s, 2);
  const query = new URLSearchParams(search);
  const joined = [...new Set(query.keys())].map((name) => [name, query.getAll(name).join()]);
  return {
    version: '2.0',
    routeKey: `${method} /api/v1/{proxy+}`,
    rawPath: `/api/v1${path}`,
    rawQueryString: search,
    headers: { 'content-type': 'application/json' },
    ...(joined.length > 0 && { queryStringParameters: Object.fromEntries(joined) }),
    requestContext: {
      accountId: '111122223333',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method, path: `/api/v1${path}`, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: `${method} /api/v1/{proxy+}`,
      stage: '$default',
      time: '01/Mar/2026:10:00:00 +0000',
      timeEpoch: Date.UTC(2026, 2, 1, 10),
      ...(authorizer && { authorizer }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    isBase64Encoded: false,
    ...change,
  };
}

/** Ports that throw when called, for requests that must be refused. */
export function untouchablePorts(): ApiPorts {
  const untouchable = <Port extends object>(name: string): Port =>
    new Proxy({} as Port, {
      get: (_, method) => () => {
        throw new Error(`${name}.${String(method)} was called`);
      },
    });
  return {
    clusters: untouchable('clusters'),
    strategies: untouchable('strategies'),
    due: untouchable('due'),
    backups: untouchable('backups'),
    retention: untouchable('retention'),
    lists: untouchable('lists'),
    evidence: untouchable('evidence'),
    history: untouchable('history'),
    deletions: untouchable('deletions'),
    workflows: untouchable('workflows'),
    config: untouchable('config'),
    formerPlaces: untouchable('formerPlaces'),
    executions: untouchable('executions'),
    histories: untouchable('histories'),
    secrets: untouchable('secrets'),
    secretsPrefix: 'tidb-backup',
    describeApi: async () => THIS_API,
    hasProvisioner: true,
    hasWorker: true,
    defaultStoragePath: 'backups/tidb',
    events: untouchable('events'),
    metrics: untouchable('metrics'),
    clock: untouchable('clock'),
  };
}
