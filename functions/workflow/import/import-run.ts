import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { ImportJob, ImportLists } from '../../domain/backup/import-job.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import type { DeploymentStorage } from '../../domain/config/system-config.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import type { FormerPlaceStore } from '../../domain/storage/former-place-store.ts';
import type { StorageLocation } from '../../domain/storage/storage-location.ts';
import type { RetentionView } from '../../domain/strategy/retention-view.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';

export interface ImportBackupsDeps extends DeploymentStorage {
  importBuckets?: readonly string[] | undefined;
  backups: Pick<BackupStore, 'get' | 'getAll' | 'adopt' | 'holdBase' | 'ofTso'>;
  workflows: Pick<WorkflowStore, 'get' | 'setStatus' | 'beginImport' | 'recordImport'>;
  retention: Pick<RetentionView, 'backupsOf'>;
  lists: ImportLists;
  config: Pick<ConfigStore, 'read'>;
  formerPlaces: Pick<FormerPlaceStore, 'read'>;
  files: Pick<BackupFiles, 'folders' | 'exists' | 'read' | 'contents' | 'stateOf'>;
  clock: Clock;
  /** Aborts when this run must end; the next one continues. */
  timeIsUp: AbortSignal;
}

/** The state of one run. */
export interface ImportRun {
  workFlowId: string;
  job: ImportJob & { runs: number };
  place: StorageLocation;
  /** The bucket of the deployment. */
  ownBucket: string | undefined;
  /** The service's present and former storage places. */
  ownPlaces: readonly StorageLocation[];
}
