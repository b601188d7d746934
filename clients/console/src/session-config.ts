/**
 * How the page reaches the API, served as `config.json`: `none` for the local cloud, `proxy` if the command line signs, `jwt` if the page
 * signs in at the issuer.
 */
export type SessionConfig =
  | { readonly type: 'none' }
  | { readonly type: 'proxy' }
  | { readonly type: 'jwt'; readonly issuer: string; readonly clientId: string; readonly scopePrefix?: string };
