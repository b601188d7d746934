import Link from '@cloudscape-design/components/link';
import type { Schemas } from '../api.ts';
import { link } from '../logic/route.ts';

/** What a workflow is about: a cluster, or one of two other things. */
export function Subject({ name, bizId }: Pick<Schemas['WorkFlowInfo'], 'name' | 'bizId'>) {
  if (name === 'CheckConfig') return 'The store';
  if (name === 'ImportBackups') return 'An import';
  return (
    <Link href={link('clusters', bizId)}>
      <span className="id">{bizId}</span>
    </Link>
  );
}
