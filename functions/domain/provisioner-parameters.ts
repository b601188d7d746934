import * as z from 'zod/mini';
import { described } from './described.ts';

export const provisionerParameters = described(
  z.record(z.string(), z.unknown()),
  "What only the provisioner understands: size, version, zone, … Shown in the workflow's detail, so nothing secret",
);
