import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import { ApiError, ConnectionError } from '../../../typescript/errors.ts';
import { policyFor, scopeOf } from '../logic/scopes.ts';

/** What went wrong, and what to do about it. */
export function ErrorAlert({ error, retry }: { error: unknown; retry?: () => void }) {
  if (error === undefined) return null;
  const { title, advice } = describe(error);
  return (
    <Alert
      type="error"
      header={title}
      action={retry && <Button onClick={retry}>Try again</Button>}
      statusIconAriaLabel="Error"
    >
      {advice}
      {error instanceof ApiError && error.correlationId !== undefined && (
        <Box variant="small" display="block">
          Correlation id: {error.correlationId}
        </Box>
      )}
    </Alert>
  );
}

function describe(error: unknown): { title: string; advice: string } {
  if (error instanceof ApiError && error.httpStatus === 403) {
    const { route } = error;
    return {
      title: `You may not ${route}`,
      advice: `Ask for the policy in the stack's output ${policyFor(route)}, or for a token with the scope ${scopeOf(route)}.`,
    };
  }
  if (error instanceof ApiError || error instanceof ConnectionError) {
    return { title: error.message, advice: error.whatToDo };
  }
  return { title: error instanceof Error ? error.message : String(error), advice: 'Reload the page.' };
}
