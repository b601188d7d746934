import { beforeEach, describe, expect, it } from 'vitest';
import { backup, ImportWorld, incremental, tsoAt } from '../../../support/import-world.ts';

let world: ImportWorld;
beforeEach(() => {
  world = new ImportWorld();
});

describe('a chain', () => {
  it('is held from its creation, whatever happens to the import', async () => {
    const full = backup({ backupId: 'a-full' });
    world.put(full);
    world.put(incremental('b-incr', full, 20));
    world.records.set('a-full', full);
    world.adopted = () => {
      world.timeIsUp.abort();
    };

    await world.run();

    expect(world.records.get('a-full')).toMatchObject({ dependents: new Set(['b-incr']) });
  });

  it('is held together even if its links are imported separately', async () => {
    const full = backup({ backupId: 'full' });
    world.put(incremental('incr', full, 20));
    await world.run();
    world.put(full);
    world.job = { request: {}, isPlan: false, runs: 0 };
    world.status = 'Processing';

    await world.run();

    expect(world.records.get('full')).toMatchObject({ dependents: new Set(['incr']) });
  });
});

describe('an incremental backup without a manifest', () => {
  it('builds on the backup of its snapshot, in any order, and holds it', async () => {
    const full = backup({ backupId: 'z-full', scope: { databases: ['shop'] } });
    const first = incremental('b-first', full, 20);
    const second = incremental('a-second', first, 30);
    world.put(full);
    for (const each of [first, second]) world.put(each, { manifest: null });

    expect(await world.run()).toMatchObject({ imported: 3, skipped: 0 });

    expect(world.records.get('a-second')).toMatchObject({
      ...{ backupType: 'incr', scope: { databases: ['shop'] } },
      base: { backupId: 'b-first', backupTso: tsoAt(20) },
    });
    expect(world.records.get('b-first')).toMatchObject({ dependents: new Set(['a-second']) });
    expect(world.records.get('z-full')).toMatchObject({ dependents: new Set(['b-first']) });
  });

  it('is skipped while its base is missing', async () => {
    world.put(incremental('backup-2', backup(), 20), { manifest: null });

    expect(await world.run()).toMatchObject({ imported: 0, skipped: 1 });

    expect(world.reason()).toContain(`its base, the backup with TSO ${tsoAt(10)}, is missing`);
  });
});
