import { createResolver, type ResourceIdentity } from './intrinsics.ts';
import { RESOURCE_KINDS } from './resource-kinds.ts';
import { type AssetFolders, loadTemplate, type StackEnvironment, type TemplateResource } from './template.ts';

/** A resource for the local cloud to run, with resolved properties. */
export interface StackResource {
  readonly logicalId: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly properties: unknown;
}

/** A template, ready to run. */
export interface Stack {
  readonly environment: StackEnvironment;
  readonly assets: AssetFolders;
  /** The resources of one type, in template order, without those whose condition is false. */
  resourcesOf(type: string): StackResource[];
  readonly outputs: Readonly<Record<string, string>>;
}

/** Reads the template. Throws one error that names every resource (type and logical id) of an unsupported type. */
export function readStack(source: string | object, httpApiUrl: string): Stack {
  const { template, assets, environment } = loadTemplate(source);
  refuseUnknownTypes(template.Resources);

  const identities = new Map<string, ResourceIdentity>();
  const identityOf = (logicalId: string): ResourceIdentity => {
    const known = identities.get(logicalId);
    if (known !== undefined) return known;
    const resource = template.Resources[logicalId];
    const kind = resource === undefined ? undefined : RESOURCE_KINDS[resource.Type];
    if (resource === undefined || kind === undefined) throw new Error(`the template has no resource ${logicalId}`);
    const identity = kind.identity({
      environment,
      logicalId,
      httpApiUrl,
      given: (property) => stringOrAbsent(resolve(resource.Properties[property]), `${logicalId}.${property}`),
    });
    identities.set(logicalId, identity);
    return identity;
  };
  const resolve = createResolver(template, environment, identityOf);
  const holds = (condition: string | undefined): boolean =>
    condition === undefined || resolve({ Condition: condition }) === true;

  return {
    environment,
    assets,
    resourcesOf: (type) =>
      Object.entries(template.Resources)
        .filter(([, resource]) => resource.Type === type && holds(resource.Condition))
        .map(([logicalId, resource]) => ({
          logicalId,
          ...identityOf(logicalId),
          properties: resolve(resource.Properties),
        })),
    outputs: Object.fromEntries(
      Object.entries(template.Outputs)
        .filter(([, output]) => holds(output.Condition))
        .map(([name, output]) => [name, String(resolve(output.Value))]),
    ),
  };
}

function refuseUnknownTypes(resources: Readonly<Record<string, TemplateResource>>): void {
  const unknown = Object.entries(resources).filter(([, { Type }]) => !Object.hasOwn(RESOURCE_KINDS, Type));
  if (unknown.length === 0) return;
  const list = unknown.map(([logicalId, { Type }]) => `${Type} (${logicalId})`).join(', ');
  throw new Error(
    `the local cloud neither runs nor ignores: ${list}. Run the type in infra/local, or list it with a reason in resource-kinds.ts`,
  );
}

function stringOrAbsent(value: unknown, where: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new Error(`${where} must be a string, got ${JSON.stringify(value)}`);
}
