import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createRouter } from '../../functions/api/http/router.ts';
import { ALL_ROUTES } from '../../functions/api/openapi/this-api.ts';
import { ROOT, readPage } from '../support/docs.ts';

const PAGES = globSync(['README.md', 'docs/*.md', 'infra/local/*.md'], { cwd: ROOT });

const find = createRouter<never>(ALL_ROUTES);

/** The words of a command line. Each variable except the API's address stands for some id. */
function wordsOf(line: string): string[] {
  const command = line
    .replace(/ +# .*$/, '')
    .replaceAll('$API', '/api/v1')
    .replaceAll(/\$\w+/g, 'id');
  return [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );
}

/** The requests on a page: `curl "$API/backups" -d '{…}'` at the start of a shell line. */
function requestsOf(page: string): string[] {
  const blocks = [...readPage(page).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.split('\n')).filter((line) => /^curl .*\$API/.test(line));
}

function accept(line: string): string {
  const { values, positionals } = parseArgs({
    args: wordsOf(line).slice(1),
    options: {
      request: { type: 'string', short: 'X' },
      data: { type: 'string', short: 'd' },
      header: { type: 'string', short: 'H', multiple: true },
      user: { type: 'string' },
      'aws-sigv4': { type: 'string' },
    },
    allowPositionals: true,
  });
  const { pathname, searchParams } = new URL(positionals[0] ?? '', 'http://127.0.0.1');
  const method = values.request ?? (values.data === undefined ? 'GET' : 'POST');
  const found = find(method, pathname);
  if (found === undefined) throw new Error(`there is no route ${method} ${pathname}`);
  const { name, route, params } = found;
  route.accept({ method, params, query: Object.fromEntries(searchParams), body: values.data });
  return name;
}

describe('the requests in the documentation', () => {
  it.each(PAGES.flatMap((page) => requestsOf(page).map((line) => [page, line] as const)))(
    'are accepted: %s: %s',
    (_page, line) => {
      expect(accept(line)).toMatch(/^[A-Z]+ \//);
    },
  );
});
