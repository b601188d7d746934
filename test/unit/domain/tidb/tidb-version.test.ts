import { describe, expect, it } from 'vitest';
import { formatTidbVersion, isAtLeast, parseTidbVersion } from '../../../../functions/domain/tidb/tidb-version.ts';

describe('a version of TiDB', () => {
  it.each([
    ['8.0.11-TiDB-v8.5.0', 'v8.5.0'],
    ['5.7.25-TiDB-v6.5.12-20250101-abcdef', 'v6.5.12'],
    ['8.0.11-TiDB-8.5.1-alpha-12-g1234567', 'v8.5.1'],
    ['v7.5.10', 'v7.5.10'],
    ['7.1.0', 'v7.1.0'],
    ['Release Version: v8.5.5\nEdition: Community\nGit Branch: heads/refs/tags/v8.5.4', 'v8.5.5'],
  ])('is read from %j', (text, version) => {
    const parsed = parseTidbVersion(text);
    expect(parsed && formatTidbVersion(parsed)).toBe(version);
  });

  it.each(['8.0.11-TiDB-CLOUD', '5.7.28-TiDB-Serverless', 'Release Version: None\nEdition: Community', ''])(
    'is unknown in %j',
    (text) => {
      expect(parseTidbVersion(text)).toBeUndefined();
    },
  );

  it('is compared number by number, not as text', () => {
    const version = { major: 8, minor: 10, patch: 2 };
    expect(isAtLeast(version, 8, 9, 10)).toBe(true);
    expect(isAtLeast(version, 8, 10, 2)).toBe(true);
    expect(isAtLeast(version, 7, 20)).toBe(true);
    expect(isAtLeast(version, 8, 10, 3)).toBe(false);
    expect(isAtLeast(version, 8, 11)).toBe(false);
    expect(isAtLeast(version, 9)).toBe(false);
  });
});
