/**
 * How the page reaches the API, which its server answers as `config.json`: `none` for the local cloud, `proxy` where the command line signs,
 * `jwt` where the page signs in at the issuer.
 */
export type SessionConfig =
  | { readonly type: 'none' }
  | { readonly type: 'proxy' }
  | { readonly type: 'jwt'; readonly issuer: string; readonly clientId: string; readonly scopePrefix?: string };
