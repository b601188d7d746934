import Spinner from '@cloudscape-design/components/spinner';
import type { Loaded } from '../api.ts';
import { ErrorAlert } from './error-alert.tsx';

/** In place of a page until its data is there. */
export function NotLoaded({ error, refresh }: Pick<Loaded<unknown>, 'error' | 'refresh'>) {
  return error === undefined ? <Spinner size="large" /> : <ErrorAlert error={error} retry={refresh} />;
}
