import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { usePageTokens } from './page-tokens.ts';

export function PageButtons({ tokens, next }: { tokens: ReturnType<typeof usePageTokens>; next: string | undefined }) {
  return (
    <Box textAlign="center">
      <SpaceBetween direction="horizontal" size="xs">
        <Button disabled={tokens.isFirst} onClick={tokens.back}>
          Newer
        </Button>
        <Button disabled={next === undefined} onClick={() => next !== undefined && tokens.forward(next)}>
          Older
        </Button>
      </SpaceBetween>
    </Box>
  );
}
