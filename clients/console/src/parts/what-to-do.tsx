import Box from '@cloudscape-design/components/box';
import runbook from '../../../../docs/runbook.md?raw';
import { runbookEntry } from '../logic/runbook.ts';

/** An alarm's entry in the runbook. */
export function WhatToDo({ alarm }: { alarm: string }) {
  return runbookEntry(runbook, alarm)?.paragraphs.map((paragraph) => (
    <Box key={paragraph} variant="p">
      {paragraph}
    </Box>
  ));
}
