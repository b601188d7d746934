import { describe, expect, it } from 'vitest';
import { FUNCTION_MEMORY_GB, WORKER_MEMORY_GB, WORKER_VCPUS } from '../../../functions/domain/planning/cost.ts';
import { FULL_TENANT, onlyResourceOf, resourcesOf, synthesized } from '../synthesized.ts';

const template = synthesized(FULL_TENANT);

/** MiB per GB and CPU units per vCPU, as AWS counts them. */
const PER_UNIT = 1024;

describe('plans assume the deployed', () => {
  it('the memory of every function', () => {
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::Lambda::Function')) {
      expect(Properties, id).toMatchObject({ MemorySize: FUNCTION_MEMORY_GB * PER_UNIT, Architectures: ['arm64'] });
    }
  });

  it('the size of the worker', () => {
    expect(onlyResourceOf(template, 'AWS::ECS::TaskDefinition').resource.Properties).toMatchObject({
      Cpu: String(WORKER_VCPUS * PER_UNIT),
      Memory: String(WORKER_MEMORY_GB * PER_UNIT),
    });
  });
});
