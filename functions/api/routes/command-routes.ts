import { deleteBackup, deleteBackups, postBackup, postCancel, postDrill, postUndelete } from './backups.ts';
import {
  deleteCluster,
  postCluster,
  postClusterCheck,
  postNewClusterRestore,
  postRestore,
  putCluster,
} from './clusters.ts';
import { postConfigCheck, postConfigUpdate } from './config.ts';
import { postImport } from './imports.ts';
import { deleteStrategy, putStrategy } from './strategies.ts';

/** Routes that change something. */
export const COMMAND_ROUTES = {
  'POST /clusters': postCluster,
  'POST /clusters/restore': postNewClusterRestore,
  'PUT /clusters/{clusterId}': putCluster,
  'DELETE /clusters/{clusterId}': deleteCluster,
  'PUT /clusters/{clusterId}/strategy': putStrategy,
  'DELETE /clusters/{clusterId}/strategy': deleteStrategy,
  'POST /clusters/{clusterId}/restore': postRestore,
  'POST /clusters/{clusterId}/check': postClusterCheck,
  'POST /backups': postBackup,
  'POST /backups/cancel': postCancel,
  'POST /backups/import': postImport,
  'POST /backups/{backupId}/drill': postDrill,
  'POST /backups/{backupId}/undelete': postUndelete,
  'DELETE /backups': deleteBackups,
  'DELETE /backups/{backupId}': deleteBackup,
  'POST /config/update': postConfigUpdate,
  'POST /config/check': postConfigCheck,
};
