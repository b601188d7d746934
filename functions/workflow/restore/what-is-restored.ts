import type { TidbSession } from '../../domain/tidb/tidb.ts';
import { failureMeans } from '../../domain/workflow/failure-table.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import type { OperationInput, RestoreNote } from '../../domain/workflow/workflow.ts';
import { assertRoom, type RestoreLook } from './look-before-restore.ts';
import { type RestoreLinkDeps, takeUpLink } from './restore-link.ts';

interface Begun {
  /** Number of links. */
  restored: number;
  isProvenEmpty: boolean;
}

/**
 * How much of the chain was restored by earlier runs of the node that died, or whose answer was lost. Waits for a
 * running RESTORE. One that has ended counts if TiDB and the cluster show that it succeeded; that of the first link may
 * also never have begun.
 * @throws NodeFailure TidbConnectionLost if nothing proves either
 */
export async function whatIsRestored(
  earlier: RestoreNote | undefined,
  look: RestoreLook,
  input: OperationInput,
  session: TidbSession,
  deps: Omit<RestoreLinkDeps, 'announce' | 'files'>,
): Promise<Begun> {
  if (earlier === undefined) return { restored: 0, isProvenEmpty: look.isProvenEmpty };
  const { restored, statement } = earlier;
  const link = look.links[restored];
  if (link === undefined || statement === undefined) return { restored, isProvenEmpty: false };
  if (await takeUpLink(link, statement.connectionId, input, session, deps)) {
    return { restored: restored + 1, isProvenEmpty: false };
  }
  try {
    // Later links go into the tables of earlier ones, so the cluster cannot show whether they finished.
    if (restored > 0) throw new NodeFailure('TablesInTheWay', 'earlier backups of the chain are already restored');
    return { restored, isProvenEmpty: await assertRoom(look.links, input, session.control) };
  } catch (cause) {
    if (!(cause instanceof NodeFailure) || !failureMeans(cause.name, 'isLeftover')) throw cause;
    throw new NodeFailure(
      'TidbConnectionLost',
      'an earlier run of the node died while RESTORE ran, and nothing proves that it finished',
      { cause },
    );
  }
}
