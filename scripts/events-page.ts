import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import * as z from 'zod/mini';
import { type JsonSchema, jsonSchemaOf } from '../functions/api/openapi/json-schema.ts';
import {
  BACKUP_STATUS_CHANGED,
  backupStatusChanged,
  WORKFLOW_STATUS_CHANGED,
  workflowStatusChanged,
} from '../functions/domain/events/status-events.ts';
import { WINDOW_MISSED, windowMissed } from '../functions/domain/events/window-events.ts';
import { FILES_MISSING, missingFiles } from '../functions/domain/storage/missing-files.ts';
import { FILES_ORPHANED, orphanedFiles } from '../functions/domain/storage/orphaned-files.ts';
import { readCommandLine } from '../infra/local/command-line.ts';

interface EventDescription {
  readonly kind: { readonly source: string; readonly detailType: string; readonly version: string };
  readonly schema: z.ZodMiniObject;
  readonly when: string;
  /** A `detail`, but for the version. */
  readonly example: object;
}

const CHANGE = {
  changeId: '7a3f0c1be2d94f6a8b5c0d9e1f2a3b4c',
  sequence: '4421584500000000017450439091',
  time: '2026-03-01T07:12:35.000Z',
};
const BACKUP = '6f1c2a52-3a5e-4a57-9d6b-0f2f5a3c9b11';

export const EVENTS: readonly EventDescription[] = [
  {
    kind: BACKUP_STATUS_CHANGED,
    schema: backupStatusChanged,
    when: 'A backup record was created or removed, or its status changed.',
    example: {
      ...CHANGE,
      ...{ backupId: BACKUP, clusterId: 'orders', workFlowId: BACKUP, backupType: 'full', backupMode: 'manual' },
      ...{ previousStatus: 'Processing', status: 'Finished' },
      createTime: '2026-03-01T07:00:00.000Z',
      startTime: '2026-03-01T07:00:02.345Z',
      endTime: '2026-03-01T07:12:34.567Z',
      sizeBytes: '94489280512',
      backupTso: '449999999999999999',
      correlationId: 'JKJaXmPLvHcESHA=',
    },
  },
  {
    kind: WORKFLOW_STATUS_CHANGED,
    schema: workflowStatusChanged,
    when: 'A workflow (`BackupCluster`, `RestoreExistCluster`, `RestoreNewCluster`, `RestoreDrill`, `DeleteBackup`) was created, or its status changed.',
    example: {
      ...CHANGE,
      ...{ workFlowId: BACKUP, flowName: 'BackupCluster', clusterId: 'orders' },
      ...{ previousStatus: 'Processing', status: 'Finished', createTime: '2026-03-01T07:00:00.000Z' },
      correlationId: 'JKJaXmPLvHcESHA=',
    },
  },
  {
    kind: WINDOW_MISSED,
    schema: windowMissed,
    when: 'A window of a strategy ended without an automatic backup. Its cluster and its start identify it.',
    example: {
      clusterId: 'orders',
      start: '2026-03-02T21:00:00.000Z',
      end: '2026-03-03T01:00:00.000Z',
      reason: 'Restore c3a8e7d0-51b2-4f96-b0de-94d1a7c86e25 held the cluster',
    },
  },
  {
    kind: FILES_MISSING,
    schema: missingFiles,
    when: 'Daily, for each finished backup of which files are missing.',
    example: {
      ...{ clusterId: 'orders', backupId: BACKUP, path: `s3://bucket/prefix/orders/${BACKUP}/attempt-1` },
      ...{ files: 0, expectedFiles: 17, dataBytes: '0', expectedBytes: '94489280' },
    },
  },
  {
    kind: FILES_ORPHANED,
    schema: orphanedFiles,
    when: 'Daily, for each folder of backup files that no record names.',
    example: {
      ...{ clusterId: 'orders', backupId: BACKUP, path: `s3://bucket/prefix/orders/${BACKUP}` },
      ...{ files: 17, sizeBytes: '94489280', lastWritten: '2026-02-27T03:04:05.678Z', removed: false },
    },
  },
];

/** The schema of the event's `detail`. It is open, because a later version may add fields. */
export function schemaOf({ kind, schema }: EventDescription): JsonSchema {
  const components: Record<string, JsonSchema> = {};
  const detail = jsonSchemaOf(z.extend(schema, { version: z.literal(kind.version) }), 'input', components);
  if (Object.keys(components).length > 0)
    throw new Error(`${kind.detailType} refers to components, which this page does not have`);
  const isClosed = (name: string, value: unknown) => name === 'additionalProperties' && value === false;
  return JSON.parse(JSON.stringify(detail, (name, value: unknown) => (isClosed(name, value) ? undefined : value)));
}

/** The text of `docs/events.md`. */
export function eventsPage(): string {
  const sections = EVENTS.map((event) => {
    const { source, detailType, version } = event.kind;
    return [
      `## ${detailType}`,
      `${event.when} Version ${version}. A rule that matches it: \`${JSON.stringify({ source: [source], 'detail-type': [detailType] })}\``,
      'An example of its `detail`:',
      fenced({ version, ...event.example }),
      'Its schema:',
      fenced(schemaOf(event)),
    ].join('\n\n');
  });
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

const INTRODUCTION = `# Events

What the service publishes to the tenant's default EventBridge bus. \`npm run docs\` generates this page from the schemas in the code.

Events arrive at least once, and may arrive out of order. A repeated event has the same \`changeId\`; \`sequence\` gives the order of the
changes of one record. \`version\` changes when a field changes its meaning or disappears; new fields may appear at any time.`;

function fenced(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  readCommandLine('Usage: npm run docs\n  Writes docs/events.md. It takes no options.', (args) => parseArgs({ args }));
  writeFileSync(join(import.meta.dirname, '../docs/events.md'), eventsPage());
}
