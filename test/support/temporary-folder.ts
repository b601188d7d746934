import { join } from 'node:path';
import { inject } from 'vitest';

/** A setup file of Vitest: temporary files go into the folder that the run removes at its end, since CDK does not remove its own. */
process.env.TMPDIR = inject('runFolder');
/** Programs that tests start more than once are compiled once. */
process.env.NODE_COMPILE_CACHE = join(inject('runFolder'), 'compile-cache');
