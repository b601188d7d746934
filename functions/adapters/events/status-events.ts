import {
  BACKUP_STATUS_CHANGED,
  type StatusEvents,
  WORKFLOW_STATUS_CHANGED,
} from '../../domain/events/status-events.ts';
import { tellEventBus } from './event-bus.ts';

export function createStatusEvents(): StatusEvents {
  return {
    backups: (changes) => tellEventBus(BACKUP_STATUS_CHANGED, changes),
    workflows: (changes) => tellEventBus(WORKFLOW_STATUS_CHANGED, changes),
  };
}
