import { randomUUID } from 'node:crypto';
import type { StackEnvironment } from '../../template/template.ts';

/** An event as EventBridge delivers it. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** RFC 3339, whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

export function busEvent(
  { accountId, region }: StackEnvironment,
  time: Date,
  event: { detailType: string; source: string; resources: readonly string[]; detail: unknown },
): BusEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': event.detailType,
    source: event.source,
    account: accountId,
    time: time.toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: event.resources,
    detail: event.detail,
  };
}
