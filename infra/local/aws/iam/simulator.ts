import type { RunSimulationResults, Simulation } from '@cloud-copilot/iam-simulate';

/** A policy document and the name that errors use for it. */
export interface NamedPolicy {
  readonly name: string;
  readonly document: unknown;
}

/** Whether a principal may perform an action on a resource. */
export interface AccessRequest {
  /** ARN of a user, a role, or a role's session. */
  readonly principal: string;
  /** The principal's own policies. Always pass the same array for a principal: decisions are cached by it. */
  readonly identityPolicies: readonly NamedPolicy[];
  /** As IAM names it: `dynamodb:GetItem`. */
  readonly action: string;
  /** Its ARN, or `*` for an action without resource types. */
  readonly resource: string;
  /** The resource's own policy, of a bucket or a key. */
  readonly resourcePolicy?: NamedPolicy | undefined;
  /** Account that owns the resource. Defaults to the one in its ARN, or the principal's. */
  readonly resourceAccount?: string | undefined;
  /** Condition keys of the request. */
  readonly context: Readonly<Record<string, string>>;
}

/** AWS's text after "is not authorized to perform … on resource …". */
export interface Denial {
  readonly reason: string;
}

/**
 * Decides as IAM does, with a library that knows every service's actions, resource types and condition keys. A simulation takes a
 * millisecond, so a decision is cached for all resources that the policies cannot tell apart.
 */
export class IamSimulator {
  readonly #decisions = new Map<string, Promise<Denial | undefined>>();
  readonly #readers = new WeakMap<object, PolicyReader>();
  #policies = 0;

  /**
   * @returns `undefined` if it is allowed
   * @throws for a policy that AWS would reject or an action that it does not have
   */
  decide(request: AccessRequest): Promise<Denial | undefined> {
    const { principal, identityPolicies, action, resource, resourcePolicy } = request;
    const readers = [identityPolicies, ...(resourcePolicy === undefined ? [] : [resourcePolicy])].map((policy) =>
      this.#readerOf(policy),
    );
    const context = Object.fromEntries(
      Object.entries(request.context).filter(([key]) => readers.some(({ mentions }) => mentions(key))),
    );
    const classes = readers.map(({ policy, classOf }) => [policy, classOf(resource)]);
    const key = JSON.stringify([principal, action, classes, context, accountOf(request)]);
    const known = this.#decisions.get(key);
    if (known !== undefined) return known;
    const decision = simulate({ ...request, context });
    this.#decisions.set(key, decision);
    return decision;
  }

  #readerOf(policy: object): PolicyReader {
    const known = this.#readers.get(policy);
    if (known !== undefined) return known;
    this.#policies += 1;
    const reader = readPolicy(policy, this.#policies);
    this.#readers.set(policy, reader);
    return reader;
  }
}

/** How a policy distinguishes requests. */
interface PolicyReader {
  /** Unique per policy. */
  readonly policy: number;
  readonly mentions: (conditionKey: string) => boolean;
  /** Equal for two resources if each statement covers both or neither. */
  readonly classOf: (resource: string) => string;
}

function readPolicy(document: object, policy: number): PolicyReader {
  const text = JSON.stringify(document).toLowerCase();
  const patterns = resourcePatternsOf(document);
  const expressions = patterns.map(toExpression);
  const variable = patterns.some((pattern) => pattern.includes('${'));
  return {
    policy,
    mentions: (conditionKey) => text.includes(`"${conditionKey.toLowerCase()}"`),
    classOf: (resource) =>
      variable ? resource : expressions.map((expression) => (expression.test(resource) ? '1' : '0')).join(''),
  };
}

function resourcePatternsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'Resource' || name === 'NotResource' ? [member].flat().map(String) : resourcePatternsOf(member),
  );
}

function toExpression(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

async function simulate(request: AccessRequest): Promise<Denial | undefined> {
  const { runSimulation } = await import('@cloud-copilot/iam-simulate');
  const simulation: Simulation = {
    request: {
      principal: request.principal,
      action: request.action,
      // A wildcard in the request would ask about all resources, which no call does.
      resource: { resource: withoutWildcards(request.resource), accountId: accountOf(request) },
      contextVariables: { ...request.context },
    },
    identityPolicies: request.identityPolicies.map(({ name, document }) => ({ name, policy: document })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(request.resourcePolicy === undefined ? {} : { resourcePolicy: request.resourcePolicy.document }),
  };
  return denialOf(await runSimulation(simulation, {}), request.action);
}

function withoutWildcards(resource: string): string {
  return resource === '*' ? resource : resource.replaceAll(/[*?]/g, '_');
}

/** The ARN of a bucket holds no account. */
function accountOf({ resource, principal, resourceAccount }: AccessRequest): string {
  return resourceAccount ?? (resource.split(':')[4] || (principal.split(':')[4] ?? ''));
}

function denialOf(result: RunSimulationResults, action: string): Denial | undefined {
  if (result.resultType === 'error')
    throw new Error(`IAM cannot decide on ${action}: ${JSON.stringify(result.errors)}`);
  if (result.overallResult === 'Allowed') return undefined;
  if (result.overallResult === 'ImplicitlyDenied') {
    return { reason: `because no identity-based policy allows the ${action} action` };
  }
  const inResourcePolicy =
    result.resultType === 'single' && result.result.analysis.resourceAnalysis?.result === 'ExplicitlyDenied';
  return { reason: `with an explicit deny in ${inResourcePolicy ? 'a resource-based' : 'an identity-based'} policy` };
}
