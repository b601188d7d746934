import * as z from 'zod/mini';

/** What only the provisioner understands: size, version, zone, … Shown in the workflow's detail, so nothing secret. */
export const provisionerParameters = z.record(z.string(), z.unknown());
