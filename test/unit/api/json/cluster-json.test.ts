import { describe, expect, it } from 'vitest';
import { toClusterDetailJson, toClusterJson } from '../../../../functions/api/json/cluster-json.ts';
import { aCluster, CREATED, later } from '../../../support/records.ts';

describe('a cluster in an answer', () => {
  it('shows no secret that the service keeps, and names those of the user', () => {
    const secretArn = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:own';
    const managed = { managed: true, secretArn, subject: 'CN=backup', validTo: later(9) } as const;
    const cluster = aCluster({
      account: { managed: true, secretArn, user: 'backup' },
      certificates: { ca: { managed: false, secretArn: 'arn:of-the-user' }, client: managed },
    });

    const { account, certificates } = toClusterJson(cluster);

    expect(account).toEqual({ user: 'backup' });
    expect(certificates).toEqual({
      ...{ ca: { secretArn: 'arn:of-the-user' }, client: { subject: 'CN=backup', validTo: later(9) } },
    });
    expect(toClusterJson(aCluster({ account: { managed: false, secretArn } })).account).toEqual({ secretArn });
  });

  it('says which operation holds it, and shows its last check only in detail', () => {
    const check = {
      workFlowId: 'check-1',
      startTime: CREATED,
      endTime: later(1),
      status: 'passed' as const,
      findings: [],
    };
    const held = { status: 'Restore', operationId: 'restore-1', since: later(1) } as const;

    expect(toClusterJson(aCluster({ maintenance: held }))).toMatchObject({
      ...{ status: 'Running', maintenanceStatus: 'Restore', operationId: 'restore-1', maintenanceSince: later(1) },
    });
    expect(toClusterJson(aCluster({ check }))).toMatchObject({ maintenanceStatus: '' });
    expect(toClusterJson(aCluster({ check }))).not.toHaveProperty('check');
    expect(toClusterDetailJson(aCluster({ check })).check).toEqual(check);
  });
});
