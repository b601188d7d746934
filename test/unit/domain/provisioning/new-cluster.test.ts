import { describe, expect, it } from 'vitest';
import { newClusterRequest } from '../../../../functions/domain/provisioning/new-cluster.ts';
import { givenParameters } from '../../../../functions/domain/provisioning/provisioner-parameters.ts';

const MADE = { backupId: 'backup-1', clusterName: 'Copy' };
const ACCOUNT = { user: 'backup', password: 'secret' };
const ADOPTED = { ...MADE, endpoints: ['tidb.example.com:4000'] };
const PEM = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:ca-AbCdEf';

/** The fields for which the request is refused. */
const refusedFor = (body: object) =>
  newClusterRequest.safeParse(body).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('a request for a restore into a new cluster', () => {
  it.each<[string, object, string[]]>([
    ['of the provisioner', MADE, []],
    ['of a running cluster', { ...ADOPTED, account: ACCOUNT }, []],
    ["of a running cluster, with TiEM's account", { ...ADOPTED, dbUser: 'root', dbPassword: 'secret' }, []],
    ["of the provisioner, with TiEM's account", { ...MADE, dbUser: 'root', dbPassword: 'secret' }, []],
    ['with a password alone', { ...MADE, dbPassword: 'secret' }, []],
    ['with an empty user', { ...MADE, dbUser: '' }, []],
    ['with a user and no password', { ...MADE, dbUser: 'root' }, ['dbPassword']],
    ['with both accounts', { ...ADOPTED, account: ACCOUNT, dbPassword: 'secret' }, ['dbUser']],
    ['with both accounts, by the user', { ...ADOPTED, account: ACCOUNT, dbUser: 'root' }, ['dbUser', 'dbPassword']],
    ['of a running cluster, without an account', ADOPTED, ['endpoints']],
    ['of the provisioner, with an account', { ...MADE, account: ACCOUNT }, ['endpoints']],
    ['of a running cluster, with parameters', { ...ADOPTED, account: ACCOUNT, parameters: {} }, ['parameters']],
    ["of a running cluster, with TiEM's parameters", { ...ADOPTED, account: ACCOUNT, region: 'x' }, ['region']],
    ['with a parameter twice', { ...MADE, region: 'x', parameters: { region: 'y' } }, ['region']],
    ['with an inherited name', { ...MADE, region: 'x', parameters: { other: 'y' } }, []],
    ['of the provisioner, with certificates', { ...MADE, tls: 'verify', caSecretArn: PEM }, ['endpoints']],
  ])('%s', (_, body, refused) => {
    expect(refusedFor(body)).toEqual(refused);
  });

  it('gives the account to its own cluster', () => {
    const named = { dbUser: 'admin', dbPassword: 'secret' };
    const account = { user: 'admin', password: 'secret' };

    expect(newClusterRequest.parse({ ...ADOPTED, ...named })).toMatchObject({ account, madeAccount: undefined });
    expect(newClusterRequest.parse({ ...MADE, ...named })).toMatchObject({ account: undefined, madeAccount: account });
    expect(newClusterRequest.parse({ ...MADE, dbPassword: 'secret' })).toMatchObject({
      madeAccount: { user: 'root', password: 'secret' },
    });
    expect(newClusterRequest.parse({ ...ADOPTED, account: ACCOUNT })).toMatchObject({ account: ACCOUNT });
    expect(newClusterRequest.parse(MADE)).toMatchObject({ account: undefined, madeAccount: undefined });
  });

  it.each([
    [true, 'required'],
    [false, 'disabled'],
    ['preferred', 'preferred'],
    [undefined, undefined],
  ])('accepts tls %j as %j', (tls, taken) => {
    expect(newClusterRequest.parse({ ...MADE, tls }).tls).toBe(taken);
  });

  it("passes TiEM's parameters to the provisioner among the others, only if they are given", () => {
    const { parameters, ...request } = newClusterRequest.parse({
      ...{ ...MADE, parameters: { zone: 'a' }, copies: 0, exclusive: false, tags: null },
      resourceParameters: { cpu: 4 },
    });

    expect(parameters).toEqual({ zone: 'a', copies: 0, exclusive: false, tags: null, resourceParameters: { cpu: 4 } });
    expect(Object.keys(request)).not.toContain('copies');
    expect(newClusterRequest.parse({ ...MADE, region: 'x' }).parameters).toEqual({ region: 'x' });
    expect(newClusterRequest.parse(MADE).parameters).toBeUndefined();
  });

  it('destroys a cluster after a failed restore, unless the request keeps it', () => {
    expect(newClusterRequest.parse(MADE).onFailure).toBe('destroy');
    expect(newClusterRequest.parse({ ...MADE, onFailure: 'keep' }).onFailure).toBe('keep');
  });
});

describe('parameters of a provisioner', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 'a text' : { of: [nested(levels - 1)] });

  it('nest at most 20 levels deep, counting objects and lists alike', () => {
    expect(givenParameters.safeParse(nested(10)).success).toBe(true);
    expect(givenParameters.safeParse({ of: nested(10) }).success).toBe(false);
    expect(givenParameters.safeParse({ of: null, and: 7, flat: [nested(9)] }).success).toBe(true);
    expect(givenParameters.safeParse({ flat: 1, deep: [nested(10)] }).success).toBe(false);
  });
});
