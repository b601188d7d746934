import { describe, expect, it } from 'vitest';
import { backupStatusChanged, workflowStatusChanged } from '../../../../functions/domain/events/status-events.ts';
import { compilePattern } from '../../../../infra/local/aws/events/event-pattern.ts';
import { MINIMAL_TENANT, resourcesOf, synthesized } from '../../synthesized.ts';

const template = synthesized(MINIMAL_TENANT);

interface Mapping {
  readonly EventSourceArn: { readonly 'Fn::GetAtt': [string, string] };
  readonly FunctionName: { readonly Ref: string };
  readonly FilterCriteria: { readonly Filters: { readonly Pattern: string }[] };
}

const STATUSES = {
  Backups: backupStatusChanged.shape.status.options,
  Workflows: workflowStatusChanged.shape.status.options,
} as const;
const TABLES = Object.keys(STATUSES) as (keyof typeof STATUSES)[];

function mappingOf(table: string): Mapping {
  const found = resourcesOf<Mapping>(template, 'AWS::Lambda::EventSourceMapping').filter(([, { Properties }]) =>
    `${Properties.EventSourceArn['Fn::GetAtt'][0]} ${Properties.FunctionName.Ref}`.match(
      `^Tables${table}.* StatusEventsRecordChanged`,
    ),
  );
  expect(found).toHaveLength(1);
  return found[0]?.[1].Properties ?? expect.fail('there is one');
}

const image = (status: string, progress = 0) => ({ status: { S: status }, progress: { N: String(progress) } });

describe.each(TABLES)('the stream of table %s', (table) => {
  const patterns = mappingOf(table).FilterCriteria.Filters.map(({ Pattern }) => compilePattern(JSON.parse(Pattern)));
  const reaches = (record: object) => patterns.some((matches) => matches(record));
  const modified = (before: object, after: object) => ({
    eventName: 'MODIFY',
    dynamodb: { OldImage: before, NewImage: after },
  });

  // A new item is not a modified one, and a removed one has no status.
  it.each(STATUSES[table].filter((status) => status !== 'Initializing' && status !== 'Deleted'))(
    'wakes the function when an item becomes %s',
    (status) => {
      const before = status === 'Processing' ? 'Initializing' : 'Processing';

      expect(reaches(modified(image(before), image(status)))).toBe(true);
    },
  );

  it('wakes it when an item is added or removed', () => {
    expect(reaches({ eventName: 'INSERT', dynamodb: { NewImage: image('Initializing') } })).toBe(true);
    expect(reaches({ eventName: 'REMOVE', dynamodb: { OldImage: image('Deleting') } })).toBe(true);
  });

  it('does not wake it for progress', () => {
    expect(reaches(modified(image('Processing', 10), image('Processing', 11)))).toBe(false);
  });

  it('is read from its beginning; what cannot be published becomes a dead letter in time to be read again', () => {
    const { MaximumRecordAgeInSeconds, ...mapping } = mappingOf(table) as Mapping & {
      MaximumRecordAgeInSeconds: number;
    };

    expect(mapping).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BisectBatchOnFunctionError: true,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringMatching(/^DeadLettersChanges/), 'Arn'] } },
      },
    });
    // A stream keeps a record for a day.
    expect(MaximumRecordAgeInSeconds).toBeLessThanOrEqual(12 * 3600);
  });
});
