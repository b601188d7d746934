import { WINDOW_MISSED, type WindowEvents } from '../../domain/events/window-events.ts';
import { tellEventBus } from './event-bus.ts';

export function createWindowEvents(): WindowEvents {
  return { missed: (windows) => tellEventBus(WINDOW_MISSED, windows) };
}
