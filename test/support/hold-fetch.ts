/**
 * A setup file of Vitest: whatever a test fetches from the service's API, directly or through its own process, is checked against the
 * OpenAPI document.
 */
const { fetch } = globalThis;

async function documentedFetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(input, init);
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  if (pathname.startsWith('/api/v1/')) {
    // Loaded only by the tests that need it.
    const { expectDocumented, expectDocumentedCsv } = await import('./documented-answers.ts');
    const answered = { method: init?.method ?? 'GET', path: pathname, status: response.status };
    if (response.headers.get('content-type')?.startsWith('text/csv')) expectDocumentedCsv(answered);
    else expectDocumented({ ...answered, body: await response.clone().json() });
  }
  return response;
}

// Files that share a process run this once each.
if (fetch.name !== documentedFetch.name) globalThis.fetch = documentedFetch;
