import { createHash } from 'node:crypto';
import { type LoopbackServer, listenOnLoopback, readBody } from '../../infra/local/http/loopback-server.ts';
import { serveConsole } from './browser.ts';

/**
 * Serves the console for a JWT deployment, with an issuer that signs everyone in without asking and checks PKCE.
 * @param scope of every token
 */
export async function serveWithIssuer(scope: string): Promise<LoopbackServer> {
  const challenges = new Map<string, string>();
  const issuer = Promise.withResolvers<LoopbackServer>();
  const issuing = await listenOnLoopback(async (request, response) => {
    const { url } = await issuer.promise;
    const asked = new URL(request.url ?? '/', url);
    const json = (status: number, body: object) =>
      response
        .writeHead(status, { 'content-type': 'application/json', 'access-control-allow-origin': '*' })
        .end(JSON.stringify(body));
    if (asked.pathname === '/.well-known/openid-configuration') {
      return void json(200, { authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/token` });
    }
    if (asked.pathname === '/authorize') {
      challenges.set('the-code', asked.searchParams.get('code_challenge') ?? '');
      const back = new URL(asked.searchParams.get('redirect_uri') ?? '');
      back.search = String(new URLSearchParams({ code: 'the-code', state: asked.searchParams.get('state') ?? '' }));
      return void response.writeHead(302, { location: String(back) }).end();
    }
    const body = new URLSearchParams(String(await readBody(request, 10_000)));
    const digest = createHash('sha256')
      .update(body.get('code_verifier') ?? '')
      .digest('base64url');
    if (digest !== challenges.get(body.get('code') ?? '')) return void json(400, { error: 'invalid_grant' });
    const claims = Buffer.from(JSON.stringify({ scope, sub: 'Grüße' })).toString('base64url');
    json(200, { access_token: `e30.${claims}.signature` });
  });
  issuer.resolve(issuing);
  const serving = await serveConsole({ type: 'jwt', issuer: issuing.url, clientId: 'console' });
  return { ...serving, close: async () => void (await Promise.all([serving.close(), issuing.close()])) };
}
