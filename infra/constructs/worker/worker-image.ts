import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { bundleTo, ROOT } from '../function/function-code.ts';

/** Builds the worker's image. Tests use one that bundles nothing. */
export type WorkerImage = (scope: Construct) => ContainerImage;

const WORKER = 'functions/worker';

/**
 * The Dockerfile and the worker's bundle in one folder, an asset that is built where the deployment runs: the synth
 * needs no Docker. Equal sources give an equal asset hash, and no new revision of the task definition.
 */
export const bundledImage: WorkerImage = (scope) => {
  const directory = mkdtempSync(join(tmpdir(), 'worker-image-'));
  try {
    bundleTo(directory, { entryPoints: [`${WORKER}/main.ts`], entryNames: 'worker', splitting: false });
    copyFileSync(join(ROOT, WORKER, 'Dockerfile'), join(directory, 'Dockerfile'));
    // Copies the folder into the cloud assembly.
    const asset = new DockerImageAsset(scope, 'Image', { directory, platform: Platform.LINUX_ARM64 });
    return ContainerImage.fromDockerImageAsset(asset);
  } finally {
    rmSync(directory, { recursive: true });
  }
};
