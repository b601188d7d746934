import { describe, expect, it } from 'vitest';
import { FULL_TENANT, MINIMAL_TENANT, synthesized } from '../synthesized.ts';

/** The tenants of the other tests, moved to a region of another partition. */
function inPartition(tenant: object, partition: string, region: string): object {
  return JSON.parse(
    JSON.stringify(tenant)
      .replaceAll(/(eu-central|us-east)-1/g, region)
      .replaceAll('arn:aws:', `arn:${partition}:`),
  );
}

describe.each([
  ['aws-cn', 'cn-north-1'],
  ['aws-us-gov', 'us-gov-west-1'],
])('in partition %s, the template', (partition, region) => {
  it.each([
    ['minimal', MINIMAL_TENANT],
    ['full', FULL_TENANT],
  ])('of a %s tenant names no ARN of another partition', (_tenant, tenant) => {
    const text = JSON.stringify(synthesized(inPartition(tenant, partition, region)).toJSON());
    const partitions = new Set(Array.from(text.matchAll(/arn:([a-z-]+):/g), ([, name]) => name));

    expect([...partitions].filter((name) => name !== partition)).toEqual([]);
  });

  it('names the regional principal of CloudWatch Logs under the partition’s own domain', () => {
    const template = synthesized(inPartition(MINIMAL_TENANT, partition, region));

    expect(JSON.stringify(template.toJSON())).not.toContain(`${region}.amazonaws.com"`);
  });
});
