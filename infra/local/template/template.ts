import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';

const resourceSchema = z.object({
  Type: z.string(),
  Condition: z.optional(z.string()),
  Properties: z.record(z.string(), z.unknown()).default({}),
});

const templateSchema = z.object({
  Parameters: z.record(z.string(), z.object({ Default: z.optional(z.unknown()) })).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown(), Condition: z.optional(z.string()) })).default({}),
});

/** The parts of a CloudFormation template that the local cloud reads. */
export type Template = z.output<typeof templateSchema>;
export type TemplateResource = z.output<typeof resourceSchema>;

/** The folder of one asset, by its key in the assets bucket, or by `repository:tag` for an image. */
export type AssetFolders = ReadonlyMap<string, string>;

/** Where the stack would be deployed. */
export interface StackEnvironment {
  readonly stackName: string;
  readonly accountId: string;
  readonly region: string;
}

export interface LoadedTemplate {
  readonly template: Template;
  readonly assets: AssetFolders;
  readonly environment: StackEnvironment;
}

/** A stack without an environment gets AWS's documentation account. */
const DEFAULT_ENVIRONMENT = { accountId: '111122223333', region: 'us-east-1' };

/**
 * Reads a synthesized template and the files beside it: `<stack>.assets.json`, which maps asset keys to folders, and `manifest.json`, which
 * names the account and region. Throws for anything else.
 */
export function loadTemplate(source: string | object): LoadedTemplate {
  if (typeof source !== 'string') {
    return {
      template: templateSchema.parse(source),
      assets: new Map(),
      environment: { stackName: 'local', ...DEFAULT_ENVIRONMENT },
    };
  }
  const folder = dirname(source);
  const stem = source.replace(/\.template\.json$/, '');
  return {
    template: templateSchema.parse(readJson(source)),
    assets: readAssets(`${stem}.assets.json`, folder),
    environment: readEnvironment(folder, source),
  };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

const assetsSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.optional(z.string()) }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
  dockerImages: z
    .record(
      z.string(),
      z.object({
        source: z.object({ directory: z.optional(z.string()) }),
        destinations: z.record(z.string(), z.object({ repositoryName: z.string(), imageTag: z.string() })),
      }),
    )
    .default({}),
});

function readAssets(path: string, folder: string): AssetFolders {
  const { files, dockerImages } = assetsSchema.parse(readJson(path));
  const folders = new Map<string, string>();
  for (const { source, destinations } of Object.values(files)) {
    if (source.path === undefined) continue;
    for (const { objectKey } of Object.values(destinations)) folders.set(objectKey, resolve(folder, source.path));
  }
  for (const { source, destinations } of Object.values(dockerImages)) {
    if (source.directory === undefined) continue;
    for (const { repositoryName, imageTag } of Object.values(destinations)) {
      folders.set(`${repositoryName}:${imageTag}`, resolve(folder, source.directory));
    }
  }
  return folders;
}

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      environment: z.optional(z.string()),
      properties: z.optional(z.object({ templateFile: z.optional(z.string()), stackName: z.optional(z.string()) })),
    }),
  ),
});

function readEnvironment(folder: string, templatePath: string): StackEnvironment {
  const { artifacts } = manifestSchema.parse(readJson(join(folder, 'manifest.json')));
  for (const [id, artifact] of Object.entries(artifacts)) {
    if (join(folder, artifact.properties?.templateFile ?? '') !== templatePath) continue;
    // aws://<account>/<region>, with "unknown-account" or "unknown-region" where the stack is environment-agnostic.
    const [, account, region] = /^aws:\/\/([^/]+)\/([^/]+)$/.exec(artifact.environment ?? '') ?? [];
    return {
      stackName: artifact.properties?.stackName ?? id,
      accountId: account === undefined || account.startsWith('unknown') ? DEFAULT_ENVIRONMENT.accountId : account,
      region: region === undefined || region.startsWith('unknown') ? DEFAULT_ENVIRONMENT.region : region,
    };
  }
  throw new Error(`manifest.json beside ${templatePath} names no stack with this template`);
}
