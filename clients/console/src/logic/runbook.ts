/** An entry of the runbook: what an alarm means, what to look at, how to fix it. */
export interface RunbookEntry {
  readonly name: string;
  /** Plain text, one element per paragraph. */
  readonly paragraphs: readonly string[];
}

/** An alarm's entry in the text of `docs/runbook.md`. */
export function runbookEntry(markdown: string, name: string): RunbookEntry | undefined {
  const [, body] = new RegExp(`^### ${name}\\n([\\s\\S]*?)(?=^#{2,3} |$(?![\\s\\S]))`, 'm').exec(markdown) ?? [];
  if (body === undefined) return undefined;
  const paragraphs = body
    .trim()
    .split(/\n{2,}|\n(?=- )/)
    .map((paragraph) => plainText(paragraph))
    .filter((paragraph) => paragraph !== '');
  return { name, paragraphs };
}

/** The alarm that a failed workflow raises. */
export function alarmOf(flowName: string): string | undefined {
  return ALARMS[flowName];
}

const ALARMS: Readonly<Record<string, string>> = {
  BackupCluster: 'BackupFailed',
  RestoreExistCluster: 'RestoreExistClusterFailed',
  RestoreNewCluster: 'RestoreNewClusterFailed',
  RestoreDrill: 'RestoreDrillFailed',
  DeleteBackup: 'DeleteBackupFailed',
  UndeleteBackup: 'UndeleteBackupFailed',
};

function plainText(markdown: string): string {
  return markdown
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/[*`]/g, '')
    .replace(/^[ \t]*[-|] ?/gm, '• ')
    .replace(/\n(?!• )\s*/g, ' ')
    .trim();
}
