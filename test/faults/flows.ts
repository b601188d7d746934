import type { Point } from './fault.ts';
import { leaveBackupUnstarted, leaveDeletionUnstarted, leaveRemovalStarted } from './leftovers.ts';
import { destroyBackup, giveBackup, giveChain } from './props.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

export interface Flow {
  readonly name: string;
  /** The setup before the flow begins; no fault strikes here. */
  prepare(stage: Stage, scenario: Scenario): Promise<unknown>;
  /** Requests the operation; resolves when all requests are done. */
  act(stage: Stage, scenario: Scenario): Promise<unknown>;
  /** The process dies here anyway: faults strike what comes after. */
  readonly death?: Point;
  /** It works on all clusters at once, so flows run one after the other. */
  readonly isSweep?: true;
  /** Invocations that come here for another reason than in earlier flows: their calls are struck again. */
  readonly again?: RegExp;
}

const registerWithBackup: Flow['prepare'] = async (stage, scenario) => {
  await stage.register(scenario);
  await giveBackup(stage, scenario);
};
const register: Flow['prepare'] = (stage, scenario) => stage.register(scenario);
const registerEmpty: Flow['prepare'] = async (stage, scenario) =>
  stage.register(scenario, await stage.tidbs.addEmpty(scenario));

/** The first one is the original of the others' backups: it records its table checksums, which a drill compares. */
export const FLOWS: readonly Flow[] = [
  { name: 'backup', prepare: register, act: (stage, scenario) => backUp(stage, scenario, { checksums: true }) },
  { name: 'cancel', prepare: register, act: (stage, scenario) => cancel(stage, scenario) },
  {
    name: 'backup that finished unseen',
    prepare: register,
    act: (stage, scenario) => backUp(stage, scenario),
    death: { invocation: 'BackupClusterBackup', call: 'BACKUP DATABASE', ordinal: 1 },
    again: /BackupFail$/,
  },
  {
    name: 'backup on the worker',
    prepare: register,
    act: (stage, scenario) => backUp(stage, scenario, { executor: 'fargate' }),
  },
  { name: 'restore', prepare: registerEmpty, act: (stage, scenario) => restore(stage, scenario) },
  {
    name: 'restore on the worker',
    prepare: registerEmpty,
    act: (stage, scenario) => restore(stage, scenario, { executor: 'fargate' }),
  },
  {
    name: 'restore that died',
    prepare: registerEmpty,
    act: (stage, scenario) => restore(stage, scenario),
    death: { invocation: 'RestoreExistClusterRestoreFromSrcCluster', call: 'RESTORE DATABASE', ordinal: 1 },
  },
  {
    name: 'delete',
    prepare: registerWithBackup,
    act: deleteBackup,
  },
  {
    name: 'undelete',
    prepare: async (stage, scenario) => {
      await stage.register(scenario);
      await destroyBackup(stage, await giveBackup(stage, scenario, { endsNow: true }));
    },
    act: (stage, scenario) => stage.ask(scenario, `POST /backups/${scenario.id}-backup/undelete`),
  },
  {
    name: 'drill',
    prepare: registerWithBackup,
    act: drill,
  },
  {
    name: 'incremental backup',
    prepare: registerWithBackup,
    act: (stage, scenario) => backUp(stage, scenario, { backupType: 'incr' }),
  },
  {
    name: 'cancel of an incremental backup',
    prepare: registerWithBackup,
    act: (stage, scenario) => cancel(stage, scenario, { backupType: 'incr' }),
    // It releases its base.
    again: /BackupFail$/,
  },
  {
    name: 'restore of a chain',
    prepare: async (stage, scenario) => {
      await registerEmpty(stage, scenario);
      await giveChain(stage, scenario);
    },
    act: (stage, scenario) =>
      stage.ask(scenario, `POST /clusters/${scenario.clusterId}/restore`, { backupId: `${scenario.id}-increment` }),
    // It looks up the links and releases each.
    again: /^RestoreExistCluster/,
  },
  {
    name: 'deletion by force',
    prepare: async (stage, scenario) => {
      await register(stage, scenario);
      await giveChain(stage, scenario);
    },
    act: (stage, scenario) => stage.ask(scenario, `DELETE /backups/${scenario.id}-backup?force=true`),
    // Those of a base and of its dependents.
    again: /^DeleteBackup/,
  },
  {
    name: 'plans',
    prepare: async (stage, scenario) => {
      await register(stage, scenario);
      await giveChain(stage, scenario);
    },
    act: askForPlans,
    // No other flow makes these reads.
    again: /^ApiCommand/,
  },
  {
    name: 'scratch check',
    prepare: registerEmpty,
    act: (stage, scenario) => stage.ask(scenario, `POST /clusters/${scenario.clusterId}/check?scratch=true`),
  },
  {
    name: 'backup without end',
    prepare: register,
    act: (stage, scenario) => backUp(stage, scenario),
  },
  {
    name: 'restore without end',
    prepare: registerEmpty,
    act: (stage, scenario) => restore(stage, scenario),
  },
  { name: 'delete without end', prepare: registerWithBackup, act: deleteBackup },
  { name: 'drill without end', prepare: registerWithBackup, act: drill },
  {
    name: 'auto-backup',
    prepare: async (stage, scenario) => {
      await register(stage, scenario);
      await stage.ask(scenario, `PUT /clusters/${scenario.clusterId}/strategy`, { strategy: openWindow() });
    },
    act: (stage, scenario) => stage.sweep('autoBackup', new Date(), scenario),
    isSweep: true,
  },
  repair('backup that was never started', leaveBackupUnstarted),
  repair('deletion that was never started', leaveDeletionUnstarted),
  repair('removal that stopped half-way', leaveRemovalStarted),
  // After the sweeps of reconcile, which would see its deletions while they wait for each other.
  {
    name: 'retention',
    prepare: async (stage, scenario) => {
      await register(stage, scenario);
      // The rule keeps only the newest.
      await giveChain(stage, scenario, { backupMode: 'auto', createTime: LONG_AGO });
      await giveBackup(stage, scenario, { backupMode: 'auto' }, 'newest');
      const strategy = { backupDate: '', period: '0:00-0:00', retention: { keepLast: 1 } };
      await stage.ask(scenario, `PUT /clusters/${scenario.clusterId}/strategy`, { strategy });
    },
    act: (stage, scenario) => stage.sweep('retention', new Date(), scenario),
    isSweep: true,
  },
];

/** What reconcile does with leftovers while everything else is too young for it. */
function repair(name: string, leave: (stage: Stage, scenario: Scenario) => Promise<void>): Flow {
  return {
    name,
    prepare: async (stage, scenario) => {
      await register(stage, scenario);
      await leave(stage, scenario);
    },
    act: (stage, scenario) => stage.sweep('reconcile', new Date(), scenario),
    isSweep: true,
  };
}

/** A plan of everything that has one. */
async function askForPlans(stage: Stage, scenario: Scenario): Promise<void> {
  const { clusterId, id } = scenario;
  await stage.ask(scenario, 'POST /backups?plan=true', { clusterId, backupType: 'incr' });
  await stage.ask(scenario, `POST /clusters/${clusterId}/restore?plan=true`, { backupId: `${id}-increment` });
  await stage.ask(scenario, `DELETE /backups/${id}-backup?force=true&plan=true`);
  await stage.ask(scenario, `DELETE /backups?clusterId=${clusterId}&plan=true`);
}

/** @param wanted the rest of the request */
async function backUp(stage: Stage, scenario: Scenario, wanted: object = {}): Promise<string | undefined> {
  const { clusterId } = scenario;
  const data = await stage.ask(scenario, 'POST /backups', { clusterId, backupMode: 'manual', ...wanted });
  return data && String(data.backupId);
}

async function cancel(stage: Stage, scenario: Scenario, wanted: object = {}): Promise<void> {
  const backupId = await backUp(stage, scenario, wanted);
  if (backupId === undefined) return;
  await scenario.sent.within(5_000);
  await stage.ask(scenario, 'POST /backups/cancel', { clusterId: scenario.clusterId, backupId });
  scenario.mayLook.reach();
}

async function restore(stage: Stage, scenario: Scenario, wanted: object = {}): Promise<void> {
  const { backupId } = stage.reference().record;
  await stage.ask(scenario, `POST /clusters/${scenario.clusterId}/restore`, { backupId, ...wanted });
}

function deleteBackup(stage: Stage, scenario: Scenario): Promise<unknown> {
  return stage.ask(scenario, `DELETE /backups/${scenario.id}-backup`);
}

function drill(stage: Stage, scenario: Scenario): Promise<unknown> {
  return stage.ask(scenario, `POST /backups/${scenario.id}-backup/drill`, { assertions: ['SELECT 1'] });
}

const HOUR = 3_600_000;

const LONG_AGO = '2026-01-01T00:00:00.000Z';

/** From an hour ago until two hours from now, every day. */
function openWindow() {
  const hourFrom = (ms: number) => new Date(Date.now() + ms).getUTCHours();
  return {
    backupDate: 'Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday',
    period: `${hourFrom(-HOUR)}:00-${hourFrom(2 * HOUR)}:00`,
    timezone: 'UTC',
  };
}
