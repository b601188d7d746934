import * as z from 'zod';
import { jsonAction } from '../../json-service.ts';
import { pageOf } from '../../paging.ts';
import type { Secret, SecretStore } from '../secret-store.ts';
import { stagesByVersion, summaryOf } from './describe-secret.ts';

const inputSchema = z.object({
  MaxResults: z.int().min(1).max(100).default(100),
  NextToken: z.string().optional(),
  IncludePlannedDeletion: z.boolean().default(false),
  SortOrder: z.enum(['asc', 'desc']).default('desc'),
  Filters: z
    .array(
      z.object({
        Key: z.literal('name', 'the local Secrets Manager only filters by name'),
        Values: z.array(z.string()).min(1),
      }),
    )
    .default([]),
});

/** Sorted by name; AWS offers this beside its default, the creation date. A filter by name takes prefixes. */
export const listSecrets = (store: SecretStore) =>
  jsonAction(inputSchema, ({ MaxResults, NextToken, IncludePlannedDeletion, SortOrder, Filters }) => {
    const matches = ({ name, deletion }: Secret): boolean =>
      (IncludePlannedDeletion || deletion === undefined) &&
      Filters.every(({ Values }) => Values.some((prefix) => name.startsWith(prefix)));
    const found = store.all().filter(matches);
    const ordered = SortOrder === 'asc' ? found : found.reverse();
    const page = pageOf(ordered, { maxResults: MaxResults, nextToken: NextToken }, 'InvalidNextTokenException');
    return {
      SecretList: page.items.map((secret) => ({
        ...summaryOf(secret),
        SecretVersionsToStages: stagesByVersion(secret),
      })),
      NextToken: page.nextToken,
    };
  });
