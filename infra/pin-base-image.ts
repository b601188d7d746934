import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';

const DOCKERFILE = join(import.meta.dirname, '../functions/worker/Dockerfile');

/** `FROM registry/repository:tag`, with or without a digest from an earlier run. */
const FROM = /^FROM (?<registry>[^/\s]+)\/(?<repository>[^:@\s]+):(?<tag>[^@\s]+)(?:@sha256:[0-9a-f]{64})?$/m;

/** An index of images for several platforms, in OCI's and Docker's terms: its digest pins all of them. */
const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

const token = z.object({ token: z.string() });

/**
 * Pins the base image: writes the current digest of its tag into its `FROM` line.
 * @param origin of a registry; tests use their own
 * @returns the new image
 * @throws Error if the registry returns no digest; then the file is unchanged
 */
export async function pinBaseImage(
  file: string,
  origin = (registry: string) => `https://${registry}`,
): Promise<string> {
  const text = readFileSync(file, 'utf8');
  const { registry, repository, tag } = FROM.exec(text)?.groups ?? {};
  if (registry === undefined || repository === undefined || tag === undefined) {
    throw new Error(`${file} has no line "FROM registry/repository:tag"`);
  }
  const digest = await digestOf(`${origin(registry)}/v2/${repository}/manifests/${tag}`, repository);
  const image = `${registry}/${repository}:${tag}@${digest}`;
  writeFileSync(file, text.replace(FROM, `FROM ${image}`));
  return image;
}

/** OCI Distribution Specification, "Pulling manifests"; even public images need a token, which is given to anyone. */
async function digestOf(url: string, repository: string): Promise<string> {
  const head = (headers: Record<string, string>) =>
    fetch(url, { method: 'HEAD', headers: { accept: INDEX_TYPES, ...headers } });
  let answer = await head({});
  if (answer.status === 401) {
    const authorization = `Bearer ${await tokenFor(answer.headers.get('www-authenticate') ?? '', repository)}`;
    answer = await head({ authorization });
  }
  const digest = answer.headers.get('docker-content-digest') ?? '';
  if (answer.ok && /^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
  throw new Error(`${url} answered ${answer.status} and no digest of an image index`);
}

async function tokenFor(challenge: string, repository: string): Promise<string> {
  const [, realm] = /realm="([^"]+)"/.exec(challenge) ?? [];
  const [, service = ''] = /service="([^"]+)"/.exec(challenge) ?? [];
  if (realm === undefined) throw new Error('the registry does not say where to get a token');
  const answer = await fetch(`${realm}?${new URLSearchParams({ service, scope: `repository:${repository}:pull` })}`);
  if (!answer.ok) throw new Error(`${realm} answered ${answer.status} and no token`);
  return token.parse(await answer.json()).token;
}

const USAGE = `Usage: npm run pin-base-image
  Writes the digest that the tag of the base image has today into functions/worker/Dockerfile. It takes no options.`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [argument] = process.argv.slice(2);
  if (argument !== undefined) {
    console.log(USAGE);
    process.exit(argument === '--help' || argument === '-h' ? 0 : 1);
  }
  try {
    console.log(`functions/worker/Dockerfile: FROM ${await pinBaseImage(DOCKERFILE)}`);
  } catch (error) {
    const { message, cause } = error instanceof Error ? error : new Error(String(error));
    console.error(cause instanceof Error ? `${message}: ${cause.message}` : message);
    process.exitCode = 1;
  }
}
