import { type Application, buildChoiceParser, buildCommand, proposeCompletions } from '@stricli/core';
import type { Cli } from './command.ts';
import type { Surroundings } from './terminal.ts';

/** The scripts below call this command: it proposes completions for the last of the words. */
export const COMPLETE = '__complete';

const SCRIPTS = {
  bash: `_tidb_backup() {
  local IFS=$'\\n'
  COMPREPLY=($(tidb-backup ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _tidb_backup tidb-backup
`,
  zsh: `#compdef tidb-backup
_tidb_backup() {
  local -a proposals
  local name brief
  while IFS=$'\\t' read -r name brief; do
    proposals+=("\${name//:/\\\\:}:\${brief}")
  done < <(tidb-backup ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe 'tidb-backup' proposals
}
compdef _tidb_backup tidb-backup
`,
  fish: `complete -c tidb-backup -f -a '(tidb-backup ${COMPLETE} (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
} as const;

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const completion = buildCommand<Record<never, never>, [(typeof SHELLS)[number]], Cli>({
  async func(_flags, shell) {
    this.surroundings.stdout.write(SCRIPTS[shell]);
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: buildChoiceParser(SHELLS),
          placeholder: 'shell',
          brief: SHELLS.join(', '),
          proposeCompletions: () => SHELLS,
        },
      ],
    },
  },
  docs: {
    brief: 'Print the completion script of a shell',
    fullDescription: `Print the completion script of a shell. Load it when the shell starts:

  bash: echo 'source <(tidb-backup completion bash)' >> ~/.bashrc
  zsh:  echo 'source <(tidb-backup completion zsh)' >> ~/.zshrc
  fish: tidb-backup completion fish > ~/.config/fish/completions/tidb-backup.fish`,
  },
});

/** One proposal per line: the word, a tab, its purpose. */
export async function completionLines(
  app: Application<Cli>,
  words: readonly string[],
  surroundings: Surroundings,
): Promise<string> {
  const context = { process: { stdout: surroundings.stdout, stderr: surroundings.stderr }, surroundings, words };
  const proposals = await proposeCompletions(app, words, context);
  return proposals.map(({ completion: word, brief }) => `${word}\t${brief}\n`).join('');
}
