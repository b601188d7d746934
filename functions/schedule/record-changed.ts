import { createEmfMetrics } from '../adapters/emf-metrics.ts';
import { createStatusEvents } from '../adapters/status-events.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { recordChangesOf } from '../adapters/table-changes.ts';
import { readEnvironment } from '../environment.ts';
import { tellStatusChanges } from '../operations/tell-status-changes.ts';

const environment = readEnvironment('recordChanged');
const deps = { events: createStatusEvents(), metrics: createEmfMetrics(systemClock, environment) };

/** What the streams of the tables bring. It throws if anything of a batch could not be told of: then all of it comes again. */
export const handler = (event: unknown): Promise<void> => tellStatusChanges(recordChangesOf(event), deps);
