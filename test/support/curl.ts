/**
 * As much of `curl` as the tour in `docs/api.md` uses, for machines that have none: `-s`, `-X METHOD`, `-d BODY`, a URL. It also writes
 * what it did to the file that `CURL_LOG` names, a JSON line a request.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: {
    silent: { type: 'boolean', short: 's' },
    request: { type: 'string', short: 'X' },
    data: { type: 'string', short: 'd' },
  },
  allowPositionals: true,
});
const [url = ''] = positionals;
const method = values.request ?? (values.data === undefined ? 'GET' : 'POST');
// What curl sends of `-d`, unless it is told otherwise.
const headers = values.data === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };

const response = await fetch(url, { method, headers, ...(values.data !== undefined && { body: values.data }) });
const body = await response.text();
appendFileSync(process.env.CURL_LOG ?? '', `${JSON.stringify({ method, url, status: response.status, body })}\n`);
process.stdout.write(body);
