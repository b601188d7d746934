import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { apiResources, functionResources } from './fixture-template.ts';

const ECHO = 'export const handler = async (event) => event;';

let cloud: LocalCloud;
let origin: string;

beforeAll(async () => {
  cloud = await startLocalCloud({
    template: {
      Resources: {
        ...functionResources({
          Echo: { code: ECHO },
          Exact: { code: 'export const handler = async () => "exact";' },
          Longer: { code: 'export const handler = async () => "longer";' },
          Structured: {
            code: `export const handler = async () => ({
              statusCode: 201, headers: { 'X-Made-By': 'test' }, cookies: ['a=1; Path=/', 'b=2'],
              body: Buffer.from('bytes').toString('base64'), isBase64Encoded: true });`,
          },
          Throws: { code: 'export const handler = async () => { throw new Error("secret detail"); };' },
        }),
        ...apiResources({
          'ANY /echo/{proxy+}': 'Echo',
          'GET /items/{id}': 'Echo',
          'GET /echo/exact': 'Exact',
          'ANY /echo/longer/{proxy+}': 'Longer',
          'GET /structured': 'Structured',
          'GET /throws': 'Throws',
        }),
      },
    },
  });
  origin = new URL(cloud.api).origin;
});

afterAll(() => cloud.stop());

describe('the event of payload format 2.0', () => {
  it('carries path, query, headers, cookies and body as API Gateway does', async () => {
    const response = await fetch(`${origin}/echo/a%20b/c?x=1&y=%26&x=2`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Custom': 'Value', Cookie: 'one=1; two=2' },
      body: '{"a": 1}',
    });

    expect(await response.json()).toMatchObject({
      version: '2.0',
      routeKey: 'ANY /echo/{proxy+}',
      rawPath: '/echo/a b/c',
      rawQueryString: 'x=1&y=%26&x=2',
      queryStringParameters: { x: '1,2', y: '&' },
      headers: { 'content-type': 'application/json', 'x-custom': 'Value' },
      cookies: ['one=1', 'two=2'],
      pathParameters: { proxy: 'a b/c' },
      body: '{"a": 1}',
      isBase64Encoded: false,
      requestContext: {
        stage: '$default',
        http: { method: 'POST', path: '/echo/a b/c', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' },
        authorizer: { iam: { accountId: '111122223333' } },
      },
    });
  });

  it('omits what the request lacks', async () => {
    const event: unknown = await (await fetch(`${origin}/items/7`)).json();

    expect(event).toMatchObject({ routeKey: 'GET /items/{id}', pathParameters: { id: '7' }, rawQueryString: '' });
    for (const absent of ['body', 'cookies', 'queryStringParameters']) expect(event).not.toHaveProperty(absent);
    expect(event).not.toHaveProperty('headers.cookie');
  });

  it('ends the path at the first question mark, but not the query at the second', async () => {
    const event = await (await fetch(`${origin}/items/7?id=x?&mode=auto`)).json();

    expect(event).toMatchObject({
      rawQueryString: 'id=x?&mode=auto',
      queryStringParameters: { id: 'x?', mode: 'auto' },
    });
  });

  it('carries a parameter with the name of an inherited property', async () => {
    const { queryStringParameters } = JSON.parse(await (await fetch(`${origin}/items/7?__proto__=x&a=1`)).text());

    expect(Object.entries(queryStringParameters)).toEqual([
      ['__proto__', 'x'],
      ['a', '1'],
    ]);
  });

  it('encodes a body that is not text', async () => {
    const body = new Uint8Array([0, 255, 1]);

    const response = await fetch(`${origin}/echo/x`, {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream' },
      body,
    });

    expect(await response.json()).toMatchObject({ body: 'AP8B', isBase64Encoded: true });
  });

  it('cuts the path at an escaped question mark', async () => {
    const event = await (await fetch(`${origin}/items/a%3Fb?c=d`)).json();

    expect(event).toMatchObject({ rawPath: '/items/a', pathParameters: { id: 'a' } });
  });
});

describe('routing', () => {
  it('prefers the full match, then the longer greedy one', async () => {
    const answers = ['exact', 'longer/deep', 'other'].map(async (path) =>
      (await fetch(`${origin}/echo/${path}`)).text(),
    );

    const [exact, longer, other] = await Promise.all(answers);

    expect([exact, longer]).toEqual(['exact', 'longer']);
    expect(other).toContain('/echo/other');
  });

  it.each(['/nowhere', '/echo', '/echo/', '/items/1/2', '/items/'])('answers %s with 404', async (path) => {
    const response = await fetch(origin + path);

    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ message: 'Not Found' });
  });

  it('answers a method without a route with 404', async () => {
    expect((await fetch(`${origin}/items/1`, { method: 'DELETE' })).status).toBe(404);
  });

  it('answers a malformed escape with 400', async () => {
    expect((await fetch(`${origin}/items/%zz`)).status).toBe(400);
  });
});

describe('the answer', () => {
  it('takes status, headers, cookies and bytes from the function', async () => {
    const response = await fetch(`${origin}/structured`);

    expect(response.status).toBe(201);
    expect(response.headers.get('x-made-by')).toBe('test');
    expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2']);
    expect(response.headers.get('apigw-requestid')).not.toBeNull();
    expect(await response.text()).toBe('bytes');
  });

  it("hides a function's error behind a 500", async () => {
    const response = await fetch(`${origin}/throws`);

    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: 'Internal Server Error' });
  });

  it('is a 503 if the function takes longer than the integration allows', async () => {
    const code = 'export const handler = () => new Promise((done) => setTimeout(done, 2000));';
    const slow = await startLocalCloud({
      template: { Resources: { ...functionResources({ Slow: { code } }), ...apiResources({ 'GET /': 'Slow' }, 100) } },
    });

    const response = await fetch(new URL(slow.api).origin);

    expect([response.status, await response.json()]).toEqual([503, { message: 'Service Unavailable' }]);
    await slow.stop();
  });

  it.each([6, 10])('refuses a body over %i MB, which is more than a function takes', async (megabytes) => {
    const body = Buffer.alloc(megabytes * 1024 * 1024 + 1);

    const response = await fetch(`${origin}/echo/x`, { method: 'POST', body });

    expect(response.status).toBe(413);
  });
});
