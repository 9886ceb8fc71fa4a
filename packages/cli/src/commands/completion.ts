import { badUsage } from '@osrel/core';
import type { CommandRun } from '../host.ts';

/** The shells ask osrel itself for candidates, so machines, runs and versions are those of the folder one is in. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_osrel() {
  local IFS=$'\\n'
  COMPREPLY=($(osrel __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _osrel osrel
`,
  zsh: `#compdef osrel
_osrel() {
  local -a candidates
  candidates=("\${(@f)$(osrel __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a candidates || _files
}
if [ "$funcstack[1]" = "_osrel" ]; then _osrel "$@"; else compdef _osrel osrel; fi
`,
  fish: `complete -c osrel -f -a '(osrel __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
};

/** `osrel completion bash|zsh|fish`. */
export const printCompletion: CommandRun = async ({ arguments: [shell = ''] }, host) => {
  const script = SCRIPTS[shell];
  if (script === undefined)
    throw badUsage('usage.shell', `no completion for "${shell}"; there is bash, zsh and fish`);
  host.terminal.stdout.write(script);
  return 0;
};
