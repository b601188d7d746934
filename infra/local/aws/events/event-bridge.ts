import * as z from 'zod';
import type { LoopbackServer } from '../../http/loopback-server.ts';
import type { StackEnvironment } from '../../template/template.ts';
import type { AwsDoor } from '../aws-door.ts';
import { jsonAction, listenAsJsonService } from '../json-service.ts';
import type { EventBus } from './event-bus.ts';
import { busEvent } from './events.ts';

const putEventsSchema = z.object({
  Entries: z
    .array(
      z.object({
        Source: z.string(),
        DetailType: z.string(),
        Detail: z.string(),
        Resources: z.array(z.string()).default([]),
        /** Epoch seconds. */
        Time: z.number().optional(),
      }),
    )
    .min(1)
    .max(10),
});

/** Serves EventBridge's `PutEvents`. */
export function listenAsEventBridge(
  bus: EventBus,
  environment: StackEnvironment,
  door: AwsDoor,
): Promise<LoopbackServer> {
  const putEvents = jsonAction(putEventsSchema, ({ Entries }) => {
    const results = Entries.map(({ Source, DetailType, Detail, Resources, Time }) => {
      const detail = parseDetail(Detail);
      if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
      const time = Time === undefined ? new Date() : new Date(Time * 1000);
      const event = busEvent(environment, time, {
        detailType: DetailType,
        source: Source,
        resources: Resources,
        detail,
      });
      void bus.publish(event);
      return { EventId: event.id };
    });
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  });
  return listenAsJsonService(
    { service: 'eventbridge', targetPrefix: 'AWSEvents', version: '1.1', actions: { PutEvents: putEvents } },
    door,
  );
}

/** @returns `undefined` unless the text is a JSON object. */
function parseDetail(text: string): object | undefined {
  try {
    const detail: unknown = JSON.parse(text);
    return typeof detail === 'object' && detail !== null ? detail : undefined;
  } catch {
    return undefined;
  }
}
