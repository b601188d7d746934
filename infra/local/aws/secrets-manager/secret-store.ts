import { randomBytes, randomUUID } from 'node:crypto';
import type { StackEnvironment } from '../../template/template.ts';
import { AwsError } from '../aws-error.ts';

const DAY = 24 * 60 * 60 * 1000;
const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';

/** The secret value: text, or bytes in base64. */
export interface SecretValue {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: string | undefined;
}

export interface SecretVersion {
  readonly id: string;
  readonly value: SecretValue;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  stages: string[];
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly createdAt: number;
  readonly tags: readonly { Key: string; Value: string }[];
  description: string | undefined;
  kmsKeyId: string | undefined;
  changedAt: number;
  /** When its deletion was scheduled, and when it takes effect. Epoch milliseconds. */
  deletion: { readonly requestedAt: number; readonly purgeAt: number } | undefined;
  readonly versions: Map<string, SecretVersion>;
}

/** The secrets of one account and region. */
export class SecretStore {
  readonly #environment: StackEnvironment;
  readonly #now: () => number;
  readonly #byName = new Map<string, Secret>();

  constructor(environment: StackEnvironment, now: () => number = Date.now) {
    this.#environment = environment;
    this.#now = now;
  }

  /** Sorted by name. */
  all(): Secret[] {
    this.#purge();
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** By name, by ARN, or by ARN without the six characters at its end. */
  find(secretId: string): Secret | undefined {
    this.#purge();
    const name = /^arn:aws:secretsmanager:[^:]*:[^:]*:secret:(.+)$/.exec(secretId)?.[1];
    if (name === undefined) return this.#byName.get(secretId);
    return [...this.#byName.values()].find(({ arn }) => arn === secretId) ?? this.#byName.get(name);
  }

  get(secretId: string): Secret {
    const secret = this.find(secretId);
    if (secret === undefined) {
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    return secret;
  }

  /** A secret with scheduled deletion can only be described, restored or deleted. */
  getLive(secretId: string): Secret {
    const secret = this.get(secretId);
    if (secret.deletion !== undefined) {
      throw new AwsError(
        'InvalidRequestException',
        "You can't perform this operation on the secret because it was marked for deletion.",
      );
    }
    return secret;
  }

  create(name: string, about: Pick<Secret, 'description' | 'kmsKeyId' | 'tags'>): Secret {
    const { region, accountId } = this.#environment;
    const now = this.#now();
    const suffix = randomBytes(3).toString('hex');
    const secret: Secret = {
      arn: `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${suffix}`,
      name,
      createdAt: now,
      changedAt: now,
      deletion: undefined,
      versions: new Map(),
      ...about,
    };
    this.#byName.set(name, secret);
    return secret;
  }

  /**
   * Adds a version. The request's token is the version's id: the same token with the same value changes nothing, with another value it is
   * refused. The current version becomes the previous one.
   */
  putVersion(secret: Secret, value: SecretValue, token: string = randomUUID(), stages = [CURRENT]): SecretVersion {
    const existing = secret.versions.get(token);
    if (existing !== undefined) {
      if (sameValue(existing.value, value)) return existing;
      throw new AwsError(
        'ResourceExistsException',
        `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${secret.arn}.`,
      );
    }
    if (stages.includes(CURRENT)) {
      for (const version of secret.versions.values()) {
        const wasCurrent = version.stages.includes(CURRENT);
        version.stages = version.stages.filter((stage) => stage !== CURRENT && stage !== PREVIOUS);
        if (wasCurrent) version.stages.push(PREVIOUS);
      }
    }
    const version: SecretVersion = { id: token, value, createdAt: this.#now(), stages: [...stages] };
    secret.versions.set(token, version);
    secret.changedAt = this.#now();
    return version;
  }

  scheduleDeletion(secret: Secret, recoveryDays: number): void {
    const requestedAt = this.#now();
    secret.deletion = { requestedAt, purgeAt: requestedAt + recoveryDays * DAY };
  }

  deleteNow(secret: Secret): void {
    this.#byName.delete(secret.name);
  }

  now(): number {
    return this.#now();
  }

  #purge(): void {
    for (const secret of this.#byName.values()) {
      if (secret.deletion !== undefined && secret.deletion.purgeAt <= this.#now()) this.deleteNow(secret);
    }
  }
}

/** The version with a staging label (by default the current one) or an id. */
export function versionOf(secret: Secret, id: string | undefined, stage: string | undefined): SecretVersion {
  const wanted = stage ?? (id === undefined ? CURRENT : undefined);
  const version = [...secret.versions.values()].find(
    (each) => (id === undefined || each.id === id) && (wanted === undefined || each.stages.includes(wanted)),
  );
  if (version === undefined) {
    const what = id === undefined ? `staging label: ${wanted}` : `VersionId: ${id}`;
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${what}`,
    );
  }
  return version;
}

function sameValue(a: SecretValue, b: SecretValue): boolean {
  return a.SecretString === b.SecretString && a.SecretBinary === b.SecretBinary;
}
