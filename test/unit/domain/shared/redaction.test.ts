import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentEncode } from '../../../../functions/domain/shared/percent-encoding.ts';
import { withoutSecrets } from '../../../../functions/domain/shared/redaction.ts';

describe('a message to be stored', () => {
  it('contains no given secret, plain or as in a URL', () => {
    const secret = fc.string({ unit: 'grapheme-ascii', minLength: 8 }).filter((text) => !/^\*+$/.test(text));

    fc.assert(
      fc.property(fc.string(), secret, fc.string(), (before, hidden, after) => {
        const message = withoutSecrets(`${before}${hidden}${after} 's3://b/p?k=${percentEncode(hidden)}'`, [hidden]);

        expect(message).not.toContain(hidden);
        expect(message).not.toContain(percentEncode(hidden));
      }),
    );
  });

  it('contains no short secret as a word of its own, plain or as in a URL', () => {
    const short = fc
      .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 7 })
      .filter((text) => !text.includes('*'));
    const punctuation = fc.constantFrom(...` '"\`=&;:,.()[]@/<>`);
    const word = fc.stringMatching(/^\w{0,12}$/);

    fc.assert(
      fc.property(word, punctuation, short, punctuation, word, (before, left, hidden, right, after) => {
        for (const spelling of [hidden, percentEncode(hidden)]) {
          const message = withoutSecrets(`${before}${left}${spelling}${right}${after}`, [hidden]);

          expect(message).toContain('******');
          expect(message.replaceAll('******', '').length).toBeLessThanOrEqual(before.length + after.length + 2);
        }
      }),
    );
  });

  it('keeps every word that merely contains a short secret', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\w{1,7}$/), fc.array(fc.stringMatching(/^\w{8,20}$/)), (hidden, words) => {
        const message = words.join(' ');

        expect(withoutSecrets(message, [hidden])).toBe(message);
      }),
    );
  });

  it('stays legible with a password of one letter', () => {
    expect(withoutSecrets("Unknown database 'a' (a)", ['a'])).toBe("Unknown database '******' (******)");
  });

  it('leaves no rest of a secret that begins with another', () => {
    expect(withoutSecrets('a: secretsecret-2.', ['secret', 'secretsecret-2'])).toBe('a: ******.');
  });

  it.each(['access-key=AKIA1&x=1', 'SECRET_ACCESS_KEY=abc%2Fdef', 'session-token=abc', 'Secret-Access-Key=abc'])(
    'masks %s even if it was not passed as a secret',
    (parameter) => {
      const message = withoutSecrets(`near "s3://b/p?${parameter}' RATE"`, []);

      expect(message).toMatch(/=\*{6}/);
      expect(message).not.toMatch(/AKIA1|abc/);
    },
  );

  it('hides the account in an ARN', () => {
    expect(withoutSecrets('User: arn:aws:sts::111122223333:assumed-role/x is not authorized')).toBe(
      'User: arn:aws:sts::************:assumed-role/x is not authorized',
    );
  });

  it('is one line of bounded length', () => {
    const message = withoutSecrets(`a\r\nb\u0000c${'x'.repeat(5_000)}`);

    expect(message).toMatch(/^a b cx+…$/);
    expect(message).toHaveLength(1_000);
  });
});
