import { assertNever } from '../shared/assert-never.ts';
import { longestIncrement } from '../strategy/strategy.ts';
import type { EndpointReport, ServerReport } from '../tidb/tidb.ts';
import { formatTidbVersion, isAtLeast, parseTidbVersion } from '../tidb/tidb-version.ts';
import type { NodeFailure } from '../workflow/node-failure.ts';
import type { CheckName, Finding } from './check.ts';
import type { Cluster } from './cluster.ts';
import { privilegeFindings } from './privilege-findings.ts';

/** Turns a cluster's answers into findings. */

type AnsweredEndpoint = EndpointReport & { server: ServerReport };

/** Checked on servers that answer. */
const ON_SERVERS = ['tls', 'version', 'privilege', 'clock', 'gcLifeTime'] as const satisfies readonly CheckName[];

/** @param now milliseconds since 1970 */
export function clusterFindings(
  cluster: Pick<Cluster, 'tls' | 'strategy'>,
  reports: readonly EndpointReport[],
  { now, scratch }: { now: number; scratch: boolean },
): Finding[] {
  const answered = reports.filter((report): report is AnsweredEndpoint => report.server !== undefined);
  const [first] = answered;
  const endpoints = reports.map(endpointFinding);
  if (first === undefined) {
    return [
      ...endpoints,
      ...ON_SERVERS.map((check) => ({ check, status: 'skipped' as const, message: 'no endpoint answers' })),
    ];
  }
  return [
    ...endpoints,
    tlsFinding(cluster, answered),
    versionFinding(answered),
    ...privilegeFindings(first.server.privileges, scratch),
    ...answered.map(clockFinding),
    gcFinding(cluster, first.server, now),
  ];
}

/** A secret of the cluster, for its account or certificates, cannot be used, so that no endpoint could be checked. */
export function withoutSecret({ message }: NodeFailure, { endpoints }: Pick<Cluster, 'endpoints'>): Finding[] {
  const skipped = { status: 'skipped', message: 'a secret needed to connect cannot be used' } as const;
  // The message names the secret: one of certificates by its registration field.
  const unusable = /\b(?:caSecretArn|clientSecretArn)\b/.test(message) ? 'tls' : 'account';
  const others = ON_SERVERS.filter((check) => check !== unusable);
  return [
    { check: unusable, status: 'failed', message, remedy: SECRET_REMEDIES[unusable] },
    ...endpoints.map((subject) => ({ check: 'endpoint' as const, subject, ...skipped })),
    ...others.map((check) => ({ check, ...skipped })),
  ];
}

const READABLE = 'let the service read it (databaseSecretArns, databaseKeyArns in the tenant file)';

const SECRET_REMEDIES = {
  account: `Store {"username": "…", "password": "…"} in the secret and ${READABLE}, or register the cluster with "user" and "password".`,
  tls: `Store the PEM in the secret and ${READABLE}, or register the cluster with "ca", or "clientCertificate" and "clientKey".`,
} as const;

function endpointFinding({ endpoint, server, failure }: EndpointReport): Finding {
  const about = { check: 'endpoint', subject: endpoint } as const;
  if (failure !== undefined) {
    return { ...about, status: 'failed', message: failure.message, remedy: endpointRemedy(failure) };
  }
  if (server === undefined) {
    return { ...about, status: 'skipped', message: 'not tried, because another endpoint rejects the account' };
  }
  return { ...about, status: 'passed', message: `${server.server} answers and accepts the account` };
}

function endpointRemedy({ name, message }: NodeFailure): string {
  if (name === 'TidbAccessDenied') {
    return 'Correct the account in TiDB or in its secret, or register another with PUT /clusters/{clusterId}.';
  }
  if (/ENOTFOUND|EAI_AGAIN/.test(message)) {
    return 'Register an address, or a name that resolves in the network of the workflow functions ("network" in the tenant file).';
  }
  if (message.includes('ECONNREFUSED')) return 'Start TiDB at this address, or register its port.';
  if (/certificate|self[- ]signed|TLS|SSL/i.test(message)) {
    return 'Register the authority that signed the certificate ("ca" or "caSecretArn") and an address that the certificate names, or another "tls" mode.';
  }
  return 'Allow connections from the workflow functions to this address and port: subnets, routes, security groups.';
}

function tlsFinding({ tls }: Pick<Cluster, 'tls'>, answered: readonly AnsweredEndpoint[]): Finding {
  const check = 'tls' as const;
  switch (tls) {
    case 'disabled':
      return {
        check,
        status: 'warning',
        message: 'TLS is disabled: SQL, including any store keys, crosses the network unencrypted',
        remedy: 'Configure TLS in TiDB and register the cluster with "tls": "verify" or "required".',
      };
    case 'preferred': {
      const plain = answered.filter(({ server }) => !server.isEncrypted).map(({ endpoint }) => endpoint);
      const encrypted = 'every server offers TLS, but certificates are not verified';
      if (plain.length === 0) return { check, status: 'passed', message: encrypted };
      return {
        check,
        status: 'warning',
        message: `no TLS is offered by ${plain.join(', ')}: SQL crosses the network unencrypted, and a store's keys are not sent`,
        remedy: 'Configure TLS in TiDB; then register the cluster with "tls": "verify" or "required".',
      };
    }
    case 'required':
      return { check, status: 'passed', message: 'connections are encrypted, but the certificate is not verified' };
    case 'verify':
      return { check, status: 'passed', message: 'connections are encrypted and the certificate is verified' };
    default:
      return assertNever(tls);
  }
}

/** The oldest TiDB release whose BACKUP and RESTORE the service supports. */
const OLDEST = { major: 6, minor: 5 } as const;

function versionFinding(answered: readonly AnsweredEndpoint[]): Finding {
  const check = 'version' as const;
  const builds = new Set(answered.map(({ server }) => server.build.split('\n')[0] ?? ''));
  const versions = [...builds].flatMap((build) => parseTidbVersion(build) ?? []);
  const names = [...new Set(versions.map(formatTidbVersion))].join(', ');
  if (versions.length < builds.size) {
    return {
      check,
      status: 'warning',
      message: `TiDB does not report its release: ${[...builds].join(', ')}`,
      remedy: `Make sure that it is v${OLDEST.major}.${OLDEST.minor} or newer.`,
    };
  }
  if (!versions.every((version) => isAtLeast(version, OLDEST.major, OLDEST.minor))) {
    return {
      check,
      status: 'failed',
      message: `TiDB is ${names}`,
      remedy: `Upgrade TiDB to v${OLDEST.major}.${OLDEST.minor} or newer.`,
    };
  }
  if (versions.length > 1) {
    return {
      check,
      status: 'warning',
      message: `the servers run different releases: ${names}`,
      remedy: 'Finish the upgrade before any backup or restore.',
    };
  }
  return { check, status: 'passed', message: `TiDB is ${names}` };
}

/** S3 rejects requests from a clock that is this far off. */
const FAILED_MS = 15 * 60_000;
const WARNING_MS = 5_000;

function clockFinding({ endpoint, server }: AnsweredEndpoint): Finding {
  const about = { check: 'clock', subject: endpoint } as const;
  // Skew within the network delay does not count.
  const skewMs = Math.max(0, Math.abs(server.clockAheadMs) - server.roundTripMs / 2);
  const seconds = Math.round(skewMs / 1_000);
  if (skewMs < WARNING_MS) return { ...about, status: 'passed', message: "its clock agrees with the service's" };
  const direction = server.clockAheadMs > 0 ? 'ahead of' : 'behind';
  return {
    ...about,
    status: skewMs < FAILED_MS ? 'warning' : 'failed',
    message: `its clock is ${seconds} s ${direction} the service's; S3 refuses requests from a clock that is 15 minutes off`,
    remedy: 'Synchronise the clocks of the TiDB and TiKV hosts by NTP.',
  };
}

const HOUR_MS = 3_600_000;

function gcFinding({ strategy }: Pick<Cluster, 'strategy'>, { gcLifeTime }: ServerReport, now: number): Finding {
  const check = 'gcLifeTime' as const;
  const longestMs = strategy && longestIncrement(strategy, now);
  if (longestMs === undefined) {
    return { check, status: 'passed', message: `${gcLifeTime}; no incremental backup is scheduled` };
  }
  const lifeTimeMs = durationMs(gcLifeTime);
  const hours = Math.ceil(longestMs / HOUR_MS);
  const reach = `scheduled incremental backups reach back up to ${hours} h`;
  if (lifeTimeMs !== undefined && lifeTimeMs >= longestMs) {
    return { check, status: 'passed', message: `${gcLifeTime}; ${reach}` };
  }
  const fallback = strategy?.fallbackToFull === true;
  return {
    check,
    status: fallback ? 'warning' : 'failed',
    message: `tidb_gc_life_time is ${gcLifeTime}, but ${reach}, so ${fallback ? 'each of them becomes a full backup' : 'they fail'}`,
    remedy: `SET GLOBAL tidb_gc_life_time = '${hours + 1}h', or schedule only full backups.`,
  };
}

const UNIT_MS = { h: HOUR_MS, m: 60_000, s: 1_000, ms: 1 } as const;

/** Parses `26h0m0s`, as Go writes durations. */
function durationMs(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length === 0) return undefined;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS], 0);
}
