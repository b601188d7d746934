import { type Auth, bearer } from '../../typescript/auth.ts';
import type { SessionConfig } from './session-config.ts';

export type Scope = 'backup:read' | 'backup:write' | 'backup:restore' | 'backup:admin';

export interface Session {
  readonly auth?: Auth;
  /** Whether the token allows it. With AWS credentials, only the API knows. */
  may(scope: Scope): boolean;
  /** The user's name in the token. */
  readonly user?: string | undefined;
}

const EVERYTHING = () => true;

/** @throws Error with a message for the user */
export async function openSession(): Promise<Session> {
  const config = await readConfig();
  switch (config.type) {
    case 'none':
      return { may: EVERYTHING };
    case 'proxy':
      await exchangeStartToken();
      return { may: EVERYTHING };
    case 'jwt':
      return await signIn(config);
  }
}

async function readConfig(): Promise<SessionConfig> {
  const response = await fetch('config.json', { cache: 'no-store' });
  if (!response.ok) throw new Error(`config.json: HTTP ${response.status}. Is the console still being served?`);
  return await response.json();
}

/** `tidb-backup console` passes a token in the fragment, which no server and no log sees. */
async function exchangeStartToken(): Promise<void> {
  const [, token] = /^#token=([\w-]+)$/.exec(location.hash) ?? [];
  if (token === undefined) return;
  history.replaceState(null, '', `${location.pathname}#/`);
  const response = await fetch('session', { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error('This link has been used or has expired. Run tidb-backup console again.');
}

const PENDING = 'sign-in';

interface Pending {
  readonly state: string;
  readonly verifier: string;
  /** The page to return to. */
  readonly hash: string;
}

/** Authorization code with PKCE. The access token stays in memory: a reload signs in again, silently if the issuer's session lasts. */
async function signIn(config: Extract<SessionConfig, { type: 'jwt' }>): Promise<Session> {
  const { authorization_endpoint, token_endpoint } = await endpointsOf(config.issuer);
  const answer = new URLSearchParams(location.search);
  const code = answer.get('code');
  if (answer.has('error')) {
    throw new Error(`The issuer refused to sign you in: ${answer.get('error_description') ?? answer.get('error')}`);
  }
  const pending = takePending();
  if (code === null || pending === undefined || pending.state !== answer.get('state')) {
    return await redirectTo(authorization_endpoint, config);
  }
  history.replaceState(null, '', `${location.pathname}${pending.hash}`);
  const response = await fetch(token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      ...{ client_id: config.clientId, code, redirect_uri: redirectUri(), code_verifier: pending.verifier },
    }),
  });
  if (!response.ok) throw new Error(`The issuer returned no token: HTTP ${response.status}. Reload to sign in again.`);
  const { access_token: token } = await response.json();
  const { scopes, user } = claimsOf(token, config.scopePrefix ?? '');
  return { auth: bearer(token), may: (scope) => scopes.has(scope), user };
}

async function endpointsOf(issuer: string): Promise<{ authorization_endpoint: string; token_endpoint: string }> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  if (!response.ok) throw new Error(`The issuer's configuration: HTTP ${response.status}`);
  return await response.json();
}

async function redirectTo(
  endpoint: string,
  { clientId, scopePrefix = '' }: { clientId: string; scopePrefix?: string },
): Promise<never> {
  const pending: Pending = { state: randomText(), verifier: randomText(), hash: location.hash };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(pending.verifier));
  const scopes: Scope[] = ['backup:read', 'backup:write', 'backup:restore', 'backup:admin'];
  const url = new URL(endpoint);
  url.search = String(
    new URLSearchParams({
      ...{ response_type: 'code', client_id: clientId, redirect_uri: redirectUri(), state: pending.state },
      ...{ code_challenge: base64Url(new Uint8Array(digest)), code_challenge_method: 'S256' },
      scope: ['openid', ...scopes.map((scope) => `${scopePrefix}${scope}`)].join(' '),
    }),
  );
  location.assign(url);
  return await new Promise<never>(() => undefined);
}

function takePending(): Pending | undefined {
  const text = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  return text === null ? undefined : JSON.parse(text);
}

const redirectUri = () => `${location.origin}${location.pathname}`;

function randomText(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Only decides what to show: the API checks the token. */
function claimsOf(token: string, prefix: string): { scopes: Set<string>; user: string | undefined } {
  const [, payload = ''] = token.split('.');
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const claims = JSON.parse(new TextDecoder().decode(bytes));
  const listed: string[] = [claims.scope ?? claims.scp ?? []].flat().flatMap((each) => String(each).split(' '));
  return {
    scopes: new Set(listed.map((scope) => (scope.startsWith(prefix) ? scope.slice(prefix.length) : scope))),
    user: claims.email ?? claims.username ?? claims.sub,
  };
}
