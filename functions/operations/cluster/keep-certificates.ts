import { factsOf } from '../../domain/cluster/certificates.ts';
import type { Certificates, Cluster, KeptCertificate, TlsMode } from '../../domain/cluster/cluster.ts';
import type { CertificateFields } from '../../domain/cluster/cluster-registration.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import { type KeepSecretsDeps, makeSecret, refuseOwnSecret, type SecretSettings } from './keep-secrets.ts';

/**
 * Certificates that the TLS mode ignores are refused, because they would give a false sense of security.
 * @throws ServiceError 10001; also for a secret that the service created
 */
export function refuseCertificates(
  given: CertificateFields,
  tls: TlsMode,
  deps: Pick<KeepSecretsDeps, 'secretsPrefix'>,
): void {
  const { ca, caSecretArn, clientCertificate, clientSecretArn } = given;
  refuse({ ca, caSecretArn }, tls !== 'verify', 'needs "tls": "verify"');
  refuse({ clientCertificate, clientSecretArn }, tls === 'disabled', 'needs "tls" other than "disabled"');
  refuseOwnSecret('caSecretArn', caSecretArn, deps);
  refuseOwnSecret('clientSecretArn', clientSecretArn, deps);
}

function refuse(fields: Record<string, string | null | undefined>, isUseless: boolean, message: string): void {
  const [field] = Object.keys(fields).filter((name) => fields[name]);
  if (isUseless && field !== undefined) throw new ServiceError('TIEM_PARAMETER_INVALID', `${field}: ${message}`);
}

/** What {@link keepCertificates} would change, for people; any given PEM counts as a change. */
export function certificateChanges(
  { ca, caSecretArn, clientCertificate, clientSecretArn }: CertificateFields,
  { tls, certificates: current }: Pick<Cluster, 'tls' | 'certificates'>,
): string[] {
  const fates = {
    CA: fateOf({ isUsed: tls === 'verify', pem: ca, secretArn: caSecretArn, current: current?.ca }),
    client: fateOf({
      ...{ isUsed: tls !== 'disabled', pem: clientCertificate, secretArn: clientSecretArn, current: current?.client },
    }),
  };
  return [
    ...(Object.values(fates).includes('changes') ? ['certificates'] : []),
    ...Object.entries(fates).flatMap(([name, fate]) => (fate === 'goes' ? [`the ${name} certificate is removed`] : [])),
  ];
}

function fateOf({
  isUsed,
  pem,
  secretArn,
  current,
}: {
  isUsed: boolean;
  pem: string | null | undefined;
  secretArn: string | undefined;
  current: KeptCertificate | undefined;
}): 'stays' | 'changes' | 'goes' {
  const isGone = !isUsed || (pem === null && secretArn === undefined);
  if (isGone) return current === undefined ? 'stays' : 'goes';
  if (secretArn !== undefined) return secretArn === current?.secretArn ? 'stays' : 'changes';
  return pem === undefined ? 'stays' : 'changes';
}

/**
 * Puts the certificates where the nodes find them: given PEM only into Secrets Manager.
 * @param given checked by {@link refuseCertificates}
 * @param current the present certificates: those not given stay, if the mode uses them
 * @param made called with each new secret at once, so that it can be removed if the next one fails
 * @returns `undefined` if there are none
 */
export async function keepCertificates(
  clusterId: string,
  given: CertificateFields,
  { tls, certificates: current }: Pick<Cluster, 'tls' | 'certificates'>,
  deps: KeepSecretsDeps,
  made: SecretSettings = {},
): Promise<Certificates | undefined> {
  const kept: Certificates = {};
  const note = (name: keyof Certificates, certificate: KeptCertificate | undefined) => {
    if (certificate === undefined) return;
    kept[name] = certificate;
    made.certificates = kept;
  };
  const { ca, caSecretArn, clientCertificate, clientKey, clientSecretArn } = given;
  if (tls === 'verify') {
    note('ca', await keep({ pem: ca, value: ca, secretArn: caSecretArn, current: current?.ca }));
  }
  if (tls !== 'disabled') {
    const value = JSON.stringify({ certificate: clientCertificate, key: clientKey });
    note('client', await keep({ pem: clientCertificate, value, secretArn: clientSecretArn, current: current?.client }));
  }
  return made.certificates;

  /** @param given.value what to store of `pem` in the secret */
  async function keep(wanted: {
    pem: string | null | undefined;
    value: string | null | undefined;
    secretArn: string | undefined;
    current: KeptCertificate | undefined;
  }): Promise<KeptCertificate | undefined> {
    const { pem, value, secretArn, current: before } = wanted;
    if (secretArn !== undefined) return { managed: false, secretArn };
    if (pem === undefined) return before;
    if (pem === null || !value) return undefined;
    if (!before?.managed)
      return { managed: true, secretArn: await makeSecret(clusterId, value, deps), ...factsOf(pem) };
    await deps.secrets.replace(before.secretArn, value);
    return { ...before, ...factsOf(pem) };
  }
}
