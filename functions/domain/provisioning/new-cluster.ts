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
import { object } from '../shared/object.ts';
import { sourceRequest } from '../storage/second-copy.ts';
import { systemTablesRequest } from '../tidb/system-tables.ts';
import { executor } from '../workflow/executor.ts';
import { onFailure } from './made-cluster.ts';
import { givenParameters } from './provisioner-parameters.ts';

const ofTiem = <Schema extends z.ZodMiniType>(schema: Schema): Schema =>
  described(schema, "TiEM's own field: passed to the provisioner in `parameters`");

const text = ofTiem(z.optional(z.string()));

/** TiEM's fields that describe the new cluster; they are passed to the provisioner in `parameters`. */
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

/** TiEM's fields for its account; empty means unset. */
const tiemAccount = {
  dbUser: described(
    z.optional(z.union([accountByPassword.shape.user, z.literal('')])),
    'With dbPassword; default "root"',
  ),
  dbPassword: described(
    z.optional(accountByPassword.shape.password),
    "Instead of `account`: the password of the new cluster's account",
  ),
};

const newClusterBody = object(() => ({
  clusterId: wantedClusterId,
  clusterName,
  backupId: identifier,
  scope: described(z.optional(backupScope), 'What to restore; defaults to everything that the backup holds'),
  endpoints: described(
    z.optional(endpoints),
    'Endpoints of a running, empty cluster; without them, the provisioner creates one',
  ),
  account: described(z.optional(givenAccount), 'The account of that cluster, with `endpoints`'),
  tls: described(
    z.optional(z.union([tlsMode, z.boolean()], 'must be "disabled", "preferred", "required" or "verify"')),
    'As in a registration; TiEM\'s true is "required", its false "disabled". A cluster that the provisioner creates gets at least the mode that the provisioner reports',
  ),
  ...certificateFields,
  timezone,
  parameters: z.optional(givenParameters),
  ...tiemParameters,
  ...tiemAccount,
  ...systemTablesRequest,
  ...sourceRequest,
  executor: described(z.optional(executor), 'Where to run it; by default, chosen from the estimated duration'),
  /** Destroying is the default: a failed restore leaves nothing that costs money, and can be requested again. */
  onFailure: described(z._default(onFailure, 'destroy'), 'What to do with the new cluster if the restore fails'),
})).check(
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
    { path: ['endpoints'], error: 'must be given together with account' },
  ),
  ...['parameters', ...TIEM_PARAMETERS].map((name) =>
    z.refine<Record<string, unknown>>((request) => request.endpoints === undefined || request[name] === undefined, {
      path: [name],
      error: 'are for the provisioner, and must be omitted if endpoints names a running cluster',
    }),
  ),
  ...TIEM_PARAMETERS.map((name) =>
    z.refine<Record<string, unknown>>(
      ({ parameters, ...request }) => request[name] === undefined || !Object.hasOwn(parameters ?? {}, name),
      { path: [name], error: 'must not also be given in parameters' },
    ),
  ),
  z.refine(
    ({ endpoints, ca, caSecretArn, clientCertificate, clientSecretArn }) =>
      endpoints !== undefined || !(ca || caSecretArn || clientCertificate || clientSecretArn),
    {
      path: ['endpoints'],
      error: 'must be given with certificates: a cluster that the provisioner creates comes with its own',
    },
  ),
);

/**
 * The request for a restore into a new cluster, in TiEM's fields or ours. With `endpoints` and `account` it adopts that
 * running, empty cluster; without, the tenant's provisioner creates one from `parameters`.
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
    /** For a cluster that the provisioner creates. */
    madeAccount: request.endpoints === undefined ? named : undefined,
  };
}
