import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { type Template, template } from './steps.ts';

const assets = z.object({
  files: z.record(z.string(), z.object({ source: z.object({ path: z.string().optional() }) })),
});

/** The template of one stack in a cloud assembly, which can be replaced before the assembly is deployed. */
export interface StackAssembly {
  readonly wanted: Template;
  /**
   * @param protect whether the stack gets `wanted`'s deletion protection; one whose creation failed must be deletable
   */
  replace(template: Template, protect: boolean): void;
}

/**
 * @param folder written by `cdk synth`
 * @param stack its name, which its files share
 */
export function openAssembly(folder: string, stack: string): StackAssembly {
  const templateFile = `${stack}.template.json`;
  const [manifest, assetManifest] = [join(folder, 'manifest.json'), join(folder, `${stack}.assets.json`)];
  const texts = [manifest, assetManifest].map((file) => ({ file, text: readFileSync(file, 'utf8') }));
  const { files } = assets.parse(JSON.parse(readFileSync(assetManifest, 'utf8')));
  const [hash] = Object.entries(files).find(([, { source }]) => source.path === templateFile) ?? [];
  if (hash === undefined) throw new Error(`${assetManifest} does not tell the hash of ${templateFile}`);
  return {
    wanted: template.parse(JSON.parse(readFileSync(join(folder, templateFile), 'utf8'))),
    replace(changed, protect) {
      const body = JSON.stringify(changed, undefined, 1);
      writeFileSync(join(folder, templateFile), body);
      // Templates are uploaded under their hash, and skipped if the hash already exists.
      const newHash = createHash('sha256').update(body).digest('hex');
      for (const { file, text } of texts) {
        const rehashed = text.replaceAll(hash, newHash);
        writeFileSync(file, protect ? rehashed : rehashed.replace(/("terminationProtection": )true/, '$1false'));
      }
    },
  };
}
