import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { S3Object } from './fauxqs-stores.ts';
import { NULL_VERSION } from './versions.ts';

/** Object bytes in files named by a hash, since a key may hold `..`, `//` or 1,024 bytes. */
export class BodyFiles {
  readonly #folder: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
  }

  read(bucket: string, key: string, versionId?: string): Buffer {
    return readFileSync(this.#file(bucket, key, versionId));
  }

  write(bucket: string, { key, body }: Pick<S3Object, 'key' | 'body'>, versionId?: string): void {
    writeFileSync(this.#file(bucket, key, versionId), body);
  }

  remove(bucket: string, key: string, versionId?: string): void {
    rmSync(this.#file(bucket, key, versionId), { force: true });
  }

  #file(bucket: string, key: string, versionId = NULL_VERSION): string {
    const name = createHash('sha256')
      .update(JSON.stringify([bucket, key, versionId]))
      .digest('hex');
    return join(this.#folder, name);
  }
}
