import { describe, expect, it } from 'vitest';
import { FLOWS } from '../../functions/domain/workflow/workflow.ts';
import { ENVIRONMENTS, STATE_MACHINES, valuesOf } from '../../functions/environment.ts';

describe('the map of state machines', () => {
  it('has every workflow', () => {
    expect(Object.keys(STATE_MACHINES).sort()).toEqual(Object.keys(FLOWS).sort());
  });

  it('gives a function the ARNs that its environment names', () => {
    const environment = { BACKUP_STATE_MACHINE_ARN: 'arn:backup', TENANT: 'acme' };

    expect(valuesOf(STATE_MACHINES, environment)).toEqual({ BackupCluster: 'arn:backup' });
  });

  it('requires the variables that start and repair every workflow', () => {
    const variables = Object.values(STATE_MACHINES);

    for (const { shape } of [ENVIRONMENTS.command, ENVIRONMENTS.executionEnded]) {
      expect(Object.keys(shape)).toEqual(expect.arrayContaining(variables));
    }
  });
});
