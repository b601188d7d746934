import { randomBytes, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { assertNever } from '../../functions/domain/assert-never.ts';
import type { InvocationResult } from './lambda/lambda-function.ts';
import type { SecretStore } from './secrets-manager/secret-store.ts';
import { type RunningTidb, startSandbox, type TidbStorage } from './tidb.ts';

/** The contract of `functions/domain/provisioner.ts`, written down once more, as by somebody who only read it. */
const about = { operationId: z.string(), clusterId: z.string() };
const requestSchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('create'), ...about, parameters: z.record(z.string(), z.unknown()) }),
  z.object({ action: z.literal('ready'), ...about }),
  z.object({ action: z.literal('destroy'), ...about }),
]);
type Request = z.output<typeof requestSchema>;
type Operation = Pick<Request, 'operationId' | 'clusterId'>;

/** What a request for a new cluster may say about it. */
const parametersSchema = z.strictObject(
  {
    version: z
      .string()
      .regex(/^\d+\.\d+(\.\d+)?$/, 'version must be a TiDB release such as "8.5"')
      .optional(),
    servers: z.int('servers must be a whole number').min(1).max(4, 'servers must be from 1 to 4').optional(),
  },
  'parameters may be {"version": "8.5", "servers": 1}',
);

type Sandbox =
  | { readonly status: 'pending' }
  | { readonly status: 'ready'; readonly tidb: RunningTidb; readonly secretArn: string }
  | { readonly status: 'failed'; readonly message: string };

export interface SandboxProvisionerOptions {
  /** The same as all other sandboxes'. */
  readonly storage: TidbStorage;
  readonly secrets: SecretStore;
  /** The TiDB release of a cluster whose request names none. Default the sandbox's own. */
  readonly version?: string | undefined;
}

/** The local tenant's provisioner: each new cluster is one more TiDB sandbox. They end with this process. */
export class SandboxProvisioner {
  readonly #options: SandboxProvisionerOptions;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #starts: Promise<void>[] = [];

  constructor(options: SandboxProvisionerOptions) {
    this.#options = options;
  }

  /** As Lambda invokes it; never rejects. */
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
        return this.#create(request, request.parameters);
      case 'ready':
        return this.#ready(request);
      case 'destroy':
        return this.#destroy(request);
      default:
        return assertNever(request);
    }
  }

  #create(operation: Operation, given: Record<string, unknown>): object {
    const parameters = parametersSchema.safeParse(given);
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

  async #start({ operationId, clusterId }: Operation, parameters: z.output<typeof parametersSchema>): Promise<Sandbox> {
    const { storage, secrets, version } = this.#options;
    try {
      const name = `provisioned-${randomBytes(4).toString('hex')}`;
      const tidb = await startSandbox({ version, ...parameters }, storage, name);
      const about = { description: undefined, kmsKeyId: undefined, tags: [] };
      const secret = secrets.create(`provisioned/${clusterId}/${operationId}`, about);
      const account = { username: tidb.user, password: tidb.password };
      secrets.putVersion(secret, { SecretString: JSON.stringify(account) });
      return { status: 'ready', tidb, secretArn: secret.arn };
    } catch (error) {
      return { status: 'failed', message: String(error) };
    }
  }

  #ready({ operationId }: Operation): object {
    const sandbox = this.#sandboxes.get(operationId);
    if (sandbox === undefined) return { status: 'failed', message: 'it was never ordered' };
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
      this.#options.secrets.deleteNow(this.#options.secrets.get(sandbox.secretArn));
    }
    this.#sandboxes.delete(operationId);
    return { status: 'destroyed' };
  }
}
