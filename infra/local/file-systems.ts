import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from './tidb-sandbox/brie/session.ts';

/** The template's file systems: a folder for each access point, shared by all that mount it. */
export class FileSystems {
  readonly #parent: string;

  constructor(parent: string) {
    this.#parent = parent;
  }

  /** @param accessPoint its ARN or id */
  directoryOf(accessPoint: string): string {
    const directory = join(this.#parent, accessPoint.replace(/^.*\//, ''));
    mkdirSync(directory, { recursive: true });
    return directory;
  }

  /** The folder that the sandboxes mount, as the stack's outputs tell the operator of TiDB. */
  mountsOfTidb({ NfsPath, NfsAccessPointArn }: Readonly<Record<string, string>>): Mount[] {
    if (NfsPath === undefined || NfsAccessPointArn === undefined) return [];
    return [{ path: NfsPath, directory: this.directoryOf(NfsAccessPointArn) }];
  }
}
