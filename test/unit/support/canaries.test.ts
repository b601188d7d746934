import { expect, it } from 'vitest';
import { canariesIn, canary } from '../../support/canaries.ts';

const password = canary('password');
const { value } = password;

it.each([
  ['as it is', value],
  ['in JSON', JSON.stringify({ value })],
  ['in JSON in JSON', JSON.stringify(JSON.stringify({ value }))],
  ['in a URL', encodeURIComponent(value)],
  ['in a statement', `BACKUP … '${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`],
  ['in Base64', Buffer.from(value).toString('base64')],
  ['in Base64 with others', Buffer.from(`root:${value}:x`).toString('base64')],
  ['in Base64 with others, one byte further', Buffer.from(`root1:${value}:x`).toString('base64url')],
  ['in hexadecimal', Buffer.from(value).toString('hex')],
  ['cut', value.slice(0, 14)],
  ['cut at the other end', value.slice(10)],
])('a canary is found %s', (_, text) => {
  expect(canariesIn(`before ${text} after`, [password, canary('other')])).toEqual(['password']);
});

it('another text is no canary', () => {
  expect(canariesIn(JSON.stringify({ masked: '******', digits: value.slice(0, 8) }), [password])).toEqual([]);
});
