import { readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { Stack, StackResource } from '../../template/stack.ts';
import { commandOf } from './dockerfile.ts';

const keyValues = z
  .array(z.object({ Name: z.string(), Value: z.string() }))
  .default([])
  .transform((pairs) => Object.fromEntries(pairs.map(({ Name, Value }) => [Name, Value])));

const containerSchema = z.object({
  Name: z.string(),
  Image: z.string(),
  Environment: keyValues,
  MountPoints: z.array(z.object({ ContainerPath: z.string(), SourceVolume: z.string() })).default([]),
  /** Seconds; the default of ECS. */
  StopTimeout: z.number().default(30),
});

const propertiesSchema = z.object({
  ContainerDefinitions: z.tuple([containerSchema], 'the local cloud only runs tasks with one container'),
  RequiresCompatibilities: z.tuple([z.literal('FARGATE')], 'the local cloud only runs Fargate tasks'),
  Volumes: z
    .array(
      z.object({
        Name: z.string(),
        EFSVolumeConfiguration: z.object({ AuthorizationConfig: z.object({ AccessPointId: z.string() }) }),
      }),
    )
    .default([]),
});

/** A task definition of the template. */
export interface LocalTaskDefinition {
  readonly logicalId: string;
  readonly arn: string;
  readonly containerName: string;
  /** The build context of the image. */
  readonly folder: string;
  /** Arguments that the Dockerfile's `CMD` passes to `node`. */
  readonly args: readonly string[];
  /** Variables from the template and from Fargate. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stopTimeoutSeconds: number;
}

/**
 * @param directoryOf the folder behind an access point, by its ARN or id
 * @throws for an image that is no asset of the template, or that does not run Node.js
 */
export function taskDefinitionsOf(stack: Stack, directoryOf: (accessPoint: string) => string): LocalTaskDefinition[] {
  return stack.resourcesOf('AWS::ECS::TaskDefinition').map((resource) => {
    const { ContainerDefinitions, Volumes } = propertiesSchema.parse(resource.properties);
    const [container] = ContainerDefinitions;
    const volumes = new Map(
      Volumes.map(({ Name, EFSVolumeConfiguration }) => [
        Name,
        directoryOf(EFSVolumeConfiguration.AuthorizationConfig.AccessPointId),
      ]),
    );
    const mounts = new Map(
      container.MountPoints.map(({ ContainerPath, SourceVolume }) => [ContainerPath, volumes.get(SourceVolume)]),
    );
    const folder = folderOf(resource, container.Image, stack);
    const [program, ...args] = commandOf(readFileSync(join(folder, 'Dockerfile'), 'utf8'));
    if (program !== 'node') throw new Error(`task definition ${resource.logicalId} runs ${program}, not node`);
    return {
      logicalId: resource.logicalId,
      arn: resource.ref,
      containerName: container.Name,
      folder,
      args,
      environment: {
        // As for functions: a variable that names a mount path names the local folder instead.
        ...Object.fromEntries(
          Object.entries(container.Environment).map(([name, value]) => [name, mounts.get(value) ?? value]),
        ),
        AWS_REGION: stack.environment.region,
        AWS_DEFAULT_REGION: stack.environment.region,
        AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
        TZ: 'UTC',
        // Keep the developer's own AWS profile out.
        AWS_CONFIG_FILE: devNull,
        AWS_SHARED_CREDENTIALS_FILE: devNull,
      },
      stopTimeoutSeconds: container.StopTimeout,
    };
  });
}

function folderOf({ logicalId }: StackResource, image: string, { assets }: Stack): string {
  // `ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG`
  const folder = assets.get(image.slice(image.indexOf('/') + 1));
  if (folder === undefined)
    throw new Error(`the image of task definition ${logicalId} (${image}) is not in assets.json`);
  return folder;
}
