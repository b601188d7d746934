/**
 * What the console's page may load and do, as headers of every file. Cloudscape sets `style` attributes and embeds its font in its style
 * sheet.
 * @param connectTo other origins that the page may call: an issuer for its sign-in
 */
export function consoleHeaders(connectTo: readonly string[] = []): Readonly<Record<string, string>> {
  return { 'content-security-policy': contentSecurityPolicy(connectTo), ...PLAIN_HEADERS };
}

const PLAIN_HEADERS = {
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

export function contentSecurityPolicy(connectTo: readonly string[]): string {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self' data:",
    "img-src 'self' data:",
    `connect-src ${["'self'", ...connectTo].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return policy.join('; ');
}
