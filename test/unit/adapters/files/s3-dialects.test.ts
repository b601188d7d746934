import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deleteVersions } from '../../../../functions/adapters/files/s3-dialects.ts';

describe('a deletion of many files', () => {
  afterEach(() => vi.restoreAllMocks());

  // DeleteObjects takes a list in XML 1.0; the SDK writes such characters unchanged, and S3 refuses the whole list.
  it('leaves out keys that XML cannot express, which someone may have written to block all deletions', async () => {
    const sent: { name: string; keys: unknown[] }[] = [];
    vi.spyOn(S3Client.prototype, 'send').mockImplementation((async (command: SentCommand) => {
      const { input } = command;
      sent.push({ name: command.constructor.name, keys: input.Delete?.Objects.map(({ Key }) => Key) ?? [input.Key] });
      return {};
    }) as never);
    const keys = ['b/backupmeta', 'b/\u0001', 'b/\ufffe', 'b/Größe 🙂.sst'];

    expect(await deleteVersions(new S3Client({ region: 'us-east-1' }), 'bucket', keys.map(versionOf))).toEqual([]);

    expect(sent).toEqual([
      { name: 'DeleteObjectCommand', keys: ['b/\u0001'] },
      { name: 'DeleteObjectCommand', keys: ['b/\ufffe'] },
      { name: 'DeleteObjectsCommand', keys: ['b/backupmeta', 'b/Größe 🙂.sst'] },
    ]);
  });
});

interface SentCommand {
  constructor: { name: string };
  input: { Key?: string; Delete?: { Objects: { Key: string }[] } };
}

const versionOf = (Key: string) => ({ Key, VersionId: 'v1' });
