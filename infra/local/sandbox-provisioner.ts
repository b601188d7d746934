import { randomBytes, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { assertNever } from '../../functions/domain/shared/assert-never.ts';
import type { InvocationResult } from './aws/lambda/lambda-function.ts';
import { type SecretStore, versionOf } from './aws/secrets-manager/secret-store.ts';
import { type RunningTidb, startSandbox, type TidbStorage } from './tidb.ts';

/** The contract of `functions/domain/provisioning/provisioner.ts`, written again as someone would who has only read it. */
const about = { operationId: z.string(), clusterId: z.string() };
const requestSchema = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('create'),
    ...about,
    parameters: z.record(z.string(), z.unknown()),
    account: z.object({ secretArn: z.string() }).optional(),
  }),
  z.object({ action: z.literal('ready'), ...about }),
  z.object({ action: z.literal('destroy'), ...about }),
]);
type Request = z.output<typeof requestSchema>;
type Operation = Pick<Request, 'operationId' | 'clusterId'>;
type Order = Extract<Request, { action: 'create' }>;

const secretValue = z.object({ username: z.string(), password: z.string() });

const version = z
  .string()
  .regex(/^v?\d+\.\d+(\.\d+)?$/, 'version must be a TiDB release such as "8.5"')
  .transform((text) => text.replace('v', ''))
  .optional();

/** Machine specifications of a TiEM client, without effect here. */
const OF_MACHINES = [
  ...['clusterType', 'tags', 'copies', 'exclusive', 'vendor', 'region', 'cpuArchitecture', 'parameterGroupID'],
  'resourceParameters',
];

/** What a request for a new cluster may contain. */
const parametersSchema = z.strictObject(
  {
    version,
    clusterVersion: version,
    ...Object.fromEntries(OF_MACHINES.map((name) => [name, z.unknown().optional()])),
    servers: z.int('servers must be a whole number').min(1).max(4, 'servers must be from 1 to 4').optional(),
  },
  'parameters may be {"version": "8.5", "servers": 1}',
);
type Parameters = z.output<typeof parametersSchema>;

type Sandbox =
  | { readonly status: 'pending' }
  | { readonly status: 'ready'; readonly tidb: RunningTidb; readonly secretArn: string; readonly isOwnSecret: boolean }
  | { readonly status: 'failed'; readonly message: string };

export interface SandboxProvisionerOptions {
  /** The same as for all other sandboxes. */
  readonly storage: TidbStorage;
  readonly secrets: SecretStore;
  /** TiDB release of a cluster whose request names none. Defaults to the sandbox's own. */
  readonly version?: string | undefined;
}

/** The local tenant's provisioner: each new cluster is another TiDB sandbox, which ends with this process. */
export class SandboxProvisioner {
  readonly #options: SandboxProvisionerOptions;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #starts: Promise<void>[] = [];

  constructor(options: SandboxProvisionerOptions) {
    this.#options = options;
  }

  /** Called as Lambda invokes it; never rejects. */
  async invoke(payload: string): Promise<InvocationResult> {
    const requestId = randomUUID();
    try {
      const answer = await this.#answer(requestSchema.parse(JSON.parse(payload)));
      return { requestId, ok: true, payload: JSON.stringify(answer) };
    } catch (error) {
      return { requestId, ok: false, error: { errorType: 'Error', errorMessage: String(error) } };
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#starts);
    await Promise.all([...this.#sandboxes.values()].map((each) => each.status === 'ready' && each.tidb.stop()));
  }

  #answer(request: Request): object | Promise<object> {
    switch (request.action) {
      case 'create':
        return this.#create(request);
      case 'ready':
        return this.#ready(request);
      case 'destroy':
        return this.#destroy(request);
      default:
        return assertNever(request);
    }
  }

  #create(operation: Order): object {
    const parameters = parametersSchema.safeParse(operation.parameters);
    if (!parameters.success) {
      return { status: 'refused', message: parameters.error.issues.map((issue) => issue.message).join('; ') };
    }
    if (!this.#sandboxes.has(operation.operationId)) {
      this.#sandboxes.set(operation.operationId, { status: 'pending' });
      this.#starts.push(
        this.#start(operation, parameters.data).then((started) => {
          this.#sandboxes.set(operation.operationId, started);
        }),
      );
    }
    return { status: 'accepted' };
  }

  async #start({ operationId, clusterId, account: wanted }: Order, parameters: Parameters): Promise<Sandbox> {
    const { storage, secrets, version } = this.#options;
    try {
      const name = `provisioned-${randomBytes(4).toString('hex')}`;
      const options = {
        servers: parameters.servers,
        version: parameters.version ?? parameters.clusterVersion ?? version,
      };
      if (wanted !== undefined) {
        const { secretArn } = wanted;
        const { SecretString = '' } = versionOf(secrets.get(secretArn), undefined, undefined).value;
        const { username: user, password } = secretValue.parse(JSON.parse(SecretString));
        return {
          status: 'ready',
          tidb: await startSandbox(options, storage, name, { user, password }),
          secretArn,
          isOwnSecret: false,
        };
      }
      const tidb = await startSandbox(options, storage, name);
      const about = { description: undefined, kmsKeyId: undefined, tags: [] };
      const secret = secrets.create(`provisioned/${clusterId}/${operationId}`, about);
      const account = { username: tidb.user, password: tidb.password };
      secrets.putVersion(secret, { SecretString: JSON.stringify(account) });
      return { status: 'ready', tidb, secretArn: secret.arn, isOwnSecret: true };
    } catch (error) {
      return { status: 'failed', message: String(error) };
    }
  }

  #ready({ operationId }: Operation): object {
    const sandbox = this.#sandboxes.get(operationId);
    if (sandbox === undefined) return { status: 'failed', message: 'this cluster was never ordered' };
    if (sandbox.status !== 'ready') return sandbox;
    const { tidb, secretArn } = sandbox;
    const endpoints = tidb.ports.map((port) => `${tidb.host}:${port}`);
    return { status: 'ready', endpoints, account: { secretArn }, tls: 'disabled' };
  }

  async #destroy({ operationId }: Operation): Promise<object> {
    const sandbox = this.#sandboxes.get(operationId);
    if (sandbox?.status === 'pending') return { status: 'pending' };
    if (sandbox?.status === 'ready') {
      await sandbox.tidb.stop();
      const { secrets } = this.#options;
      if (sandbox.isOwnSecret) secrets.deleteNow(secrets.get(sandbox.secretArn));
    }
    this.#sandboxes.delete(operationId);
    return { status: 'destroyed' };
  }
}
