/**
 * The part of `curl` that the tour in `docs/api.md` uses, for machines without it: `-s`, `-X METHOD`, `-d BODY`, a URL. It also logs what
 * it did to the file in `CURL_LOG`, one JSON line per request.
 */
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
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
// The default content type of curl's `-d`.
const headers = values.data === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };

// Without `fetch`, with which a process takes twice as long to load.
const sent = request(url, { method, headers }).end(values.data);
const [response]: IncomingMessage[] = await once(sent, 'response');
const body = response === undefined ? '' : await text(response);
appendFileSync(process.env.CURL_LOG ?? '', `${JSON.stringify({ method, url, status: response?.statusCode, body })}\n`);
process.stdout.write(body);
