import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect } from '../../../../clients/cli/connection.ts';

/** A CloudFormation that describes one stack. */
const asked: URLSearchParams[] = [];
const cloudFormation = createServer(async (request, response) => {
  const query = new URLSearchParams(await text(request));
  asked.push(query);
  if (query.get('StackName') !== 'backups') {
    response.writeHead(400, { 'content-type': 'text/xml' });
    response.end(
      '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>no such stack</Message></Error></ErrorResponse>',
    );
    return;
  }
  response.writeHead(200, { 'content-type': 'text/xml' });
  response.end(`<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>backups</StackName><Outputs>
<member><OutputKey>ApiUrl</OutputKey><OutputValue>https://abc.execute-api.eu-central-1.amazonaws.com/api/v1</OutputValue></member>
</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`);
});

beforeAll(() => new Promise<void>((resolve) => cloudFormation.listen(0, '127.0.0.1', resolve)));
afterAll(() => void cloudFormation.close());
beforeEach(() => {
  const { port } = cloudFormation.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATEST');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  asked.length = 0;
});
afterEach(() => vi.unstubAllEnvs());

describe('a deployment', () => {
  it.each([
    ['flag', { stack: 'backups' }, {}],
    ['variable', {}, { TIDB_BACKUP_STACK: 'backups' }],
    ['flag, which wins over a variable', { stack: 'backups' }, { TIDB_BACKUP_ENDPOINT: 'https://other.example.com' }],
  ])('is found by its stack: %s', async (_by, flags, env) => {
    const { baseUrl, auth } = await connect(flags, env);

    expect(baseUrl).toBe('https://abc.execute-api.eu-central-1.amazonaws.com/api/v1');
    expect(asked).toHaveLength(1);
    const headers = await auth?.({ method: 'GET', url: `${baseUrl}/clusters`, headers: {} });
    expect(headers?.authorization).toContain('/eu-central-1/execute-api/aws4_request');
  });

  it('that does not exist is reported by name', async () => {
    await expect(connect({ stack: 'none' }, {})).rejects.toMatchObject({
      exitCode: 2,
      message: 'there is no stack none in this account and region',
      whatToDo: 'check --stack, --region and --profile',
    });
  });

  it.each([
    ['https://api.example.com', 'https://api.example.com/api/v1'],
    ['https://api.example.com/api/v1/', 'https://api.example.com/api/v1'],
    ['http://127.0.0.1:8080/api/v1', 'http://127.0.0.1:8080/api/v1'],
    ['http://localhost:8080', 'http://localhost:8080/api/v1'],
  ])('is found at the endpoint %s', async (endpoint, baseUrl) => {
    expect((await connect({ endpoint }, {})).baseUrl).toBe(baseUrl);
  });

  it.each(['http://api.example.com', 'http://127.0.0.1.example.com', 'ftp://127.0.0.1', 'api.example.com'])(
    'is not called at %s',
    async (endpoint) => {
      await expect(connect({ endpoint }, {})).rejects.toMatchObject({ exitCode: 2 });
    },
  );
});

describe('credentials', () => {
  it('are a token if one is set', async () => {
    const { auth } = await connect({ endpoint: 'https://api.example.com' }, { TIDB_BACKUP_TOKEN: 'abc' });

    expect(await auth?.({ method: 'GET', url: 'https://api.example.com/', headers: {} })).toEqual({
      authorization: 'Bearer abc',
    });
  });

  it('are not needed on this machine', async () => {
    expect((await connect({ endpoint: 'http://127.0.0.1:8080' }, {})).auth).toBeUndefined();
  });
});
