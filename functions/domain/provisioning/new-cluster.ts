import * as z from 'zod/mini';
import { backupScope } from '../backup/backup-scope.ts';
import { tlsMode } from '../cluster/cluster.ts';
import {
  accountByPassword,
  CERTIFICATE_RULES,
  certificateFields,
  clusterName,
  endpoints,
  type GivenAccount,
  givenAccount,
  timezone,
  wantedClusterId,
} from '../cluster/cluster-registration.ts';
import { described } from '../shared/described.ts';
import { identifier } from '../shared/identifiers.ts';
import { sourceRequest } from '../storage/second-copy.ts';
import { systemTablesRequest } from '../tidb/system-tables.ts';
import { executor } from '../workflow/executor.ts';
import { givenParameters } from './provisioner-parameters.ts';

/** Who makes the new cluster: the user, who gives a running and empty one; or the tenant's Lambda function. */
const provisionerKind = z.enum(['adopt', 'lambda']);
export type ProvisionerKind = z.infer<typeof provisionerKind>;

/** What is to become of the new cluster when the restore into it fails. */
const onFailure = z.enum(['destroy', 'keep']);

/**
 * What became of it: `destroyed` by the provisioner that made it, nothing is left; `kept` as it is, and registered if it
 * was ever ready; `released`: adopted, so only its registration is gone, and what was restored is left to its owner.
 */
const clusterFate = z.enum(['destroyed', 'kept', 'released']);
export type ClusterFate = z.infer<typeof clusterFate>;

/** What a workflow notes about the cluster that it makes. The fate is known once the workflow has failed. */
export const newCluster = z.object({
  provisioner: provisionerKind,
  onFailure,
  fate: z.optional(clusterFate),
});
export type NewCluster = z.infer<typeof newCluster>;

const ofTiem = <Schema extends z.ZodMiniType>(schema: Schema): Schema =>
  described(schema, "As TiEM's clients say it: the provisioner is told it among `parameters`");

const text = ofTiem(z.optional(z.string()));

/** What TiEM's clients say of the cluster that is to be made; the provisioner is told it among `parameters`. */
const tiemParameters = {
  clusterType: text,
  clusterVersion: text,
  tags: ofTiem(z.nullish(z.array(z.string()))),
  copies: ofTiem(z.optional(z.int())),
  exclusive: ofTiem(z.optional(z.boolean())),
  vendor: text,
  region: text,
  cpuArchitecture: text,
  parameterGroupID: text,
  resourceParameters: ofTiem(z.nullish(givenParameters)),
};
const TIEM_PARAMETERS = Object.keys(tiemParameters);

/** And of its account; an empty one is one that they have not set. */
const tiemAccount = {
  dbUser: described(
    z.optional(z.union([accountByPassword.shape.user, z.literal('')])),
    'With dbPassword; default "root"',
  ),
  dbPassword: described(
    z.optional(accountByPassword.shape.password),
    "In place of `account`: the password of the new cluster's account",
  ),
};

const newClusterBody = z
  .object({
    clusterId: wantedClusterId,
    clusterName,
    backupId: identifier,
    scope: described(z.optional(backupScope), 'What of the backup; absent: all that it holds'),
    endpoints: described(z.optional(endpoints), 'Of a running, empty cluster; absent: the provisioner makes one'),
    account: described(z.optional(givenAccount), 'With `endpoints`: the account of that cluster'),
    tls: described(
      z.optional(z.union([tlsMode, z.boolean()], 'must be "disabled", "preferred", "required" or "verify"')),
      'As of a registration; TiEM\'s true is "required", its false "disabled". A made cluster gets at least what its provisioner says',
    ),
    ...certificateFields,
    timezone,
    parameters: z.optional(givenParameters),
    ...tiemParameters,
    ...tiemAccount,
    ...systemTablesRequest,
    ...sourceRequest,
    executor: described(z.optional(executor), 'Where it is to run; absent: where it is estimated to fit'),
    /** Destroying is the default: of a failed restore nothing is left that costs money, and it can be asked for again. */
    onFailure: described(
      z._default(onFailure, 'destroy'),
      'What becomes of the new cluster when the restore into it fails',
    ),
  })
  .check(
    ...CERTIFICATE_RULES,
    z.refine(({ account, dbUser, dbPassword }) => account === undefined || !(dbUser || dbPassword), {
      path: ['dbUser'],
      error: 'must not be given together with account',
    }),
    z.refine(({ dbUser, dbPassword }) => !dbUser || Boolean(dbPassword), {
      path: ['dbPassword'],
      error: 'must be given together with dbUser',
    }),
    z.refine(
      ({ endpoints, account, dbPassword }) =>
        endpoints === undefined ? account === undefined : account !== undefined || Boolean(dbPassword),
      { path: ['endpoints'], error: 'must be given together with account, or neither' },
    ),
    ...['parameters', ...TIEM_PARAMETERS].map((name) =>
      z.refine<Record<string, unknown>>((request) => request.endpoints === undefined || request[name] === undefined, {
        path: [name],
        error: 'are for the provisioner, and must be absent where a running cluster is given by endpoints',
      }),
    ),
    ...TIEM_PARAMETERS.map((name) =>
      z.refine<Record<string, unknown>>(
        ({ parameters, ...request }) => request[name] === undefined || !Object.hasOwn(parameters ?? {}, name),
        { path: [name], error: 'must not be given in parameters as well' },
      ),
    ),
    z.refine(
      ({ endpoints, ca, caSecretArn, clientCertificate, clientSecretArn }) =>
        endpoints !== undefined || !(ca || caSecretArn || clientCertificate || clientSecretArn),
      {
        path: ['endpoints'],
        error: 'must be given with certificates: a cluster that the provisioner makes comes with its own',
      },
    ),
  );

/**
 * The request for a restore into a new cluster, as TiEM's clients write it or in our own fields. With `endpoints` and `account` it
 * adopts the running, empty cluster that they lead to; without, the tenant's provisioner makes one of `parameters`.
 */
export const newClusterRequest = z.pipe(newClusterBody, z.transform(inOwnFields));
export type NewClusterRequest = z.infer<typeof newClusterRequest>;

function inOwnFields(body: z.output<typeof newClusterBody>) {
  const { dbUser, dbPassword, account, tls, parameters, ...rest } = body;
  const { clusterType, clusterVersion, tags, copies, exclusive, vendor, ...others } = rest;
  const { region, cpuArchitecture, parameterGroupID, resourceParameters, ...request } = others;
  const tiem = { clusterType, clusterVersion, tags, copies, exclusive, vendor, region, cpuArchitecture };
  const told = Object.entries({ ...tiem, parameterGroupID, resourceParameters }).filter(
    ([, value]) => value !== undefined,
  );
  const named: GivenAccount | undefined = dbPassword ? { user: dbUser || 'root', password: dbPassword } : undefined;
  return {
    ...request,
    tls: tls === true ? 'required' : tls === false ? 'disabled' : tls,
    account: request.endpoints && (account ?? named),
    parameters: told.length === 0 ? parameters : { ...parameters, ...Object.fromEntries(told) },
    /** For a cluster that the provisioner makes. */
    madeAccount: request.endpoints === undefined ? named : undefined,
  };
}
