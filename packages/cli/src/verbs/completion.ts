import type { Command } from '../grammar/command.ts';

/** `flagctl completion`. */
export const command: Command = {
  name: 'completion',
  usage: ['bash|zsh|fish'],
  summary: 'write the completion of a shell',
  description: [
    'Prints a script by which a shell completes commands, resources, options and their values, contexts of the configuration, and what the server has: projects, stages, flags, context attributes, change requests, templates and variants. The server is that of the command line, the variables or the context; where it does not answer within 1.5 s, there are no names. Names are kept for 10 s, in a file below $XDG_CACHE_HOME/flagctl or ~/.cache/flagctl that only you can read.',
    'To install it for everybody who uses bash, or for yourself:',
    '  flagctl completion bash | sudo tee /etc/bash_completion.d/flagctl\n  flagctl completion bash > ~/.local/share/bash-completion/completions/flagctl',
    'For zsh, in a folder of $fpath, before compinit is called:',
    `  flagctl completion zsh > "\${fpath[1]}/_flagctl"`,
    'For fish:',
    '  flagctl completion fish > ~/.config/fish/completions/flagctl.fish',
    'A new shell has it.',
  ],
  args: [{ name: 'shell', choices: ['bash', 'zsh', 'fish'] }],
  examples: [
    { title: 'to try it in this bash', line: 'source <(flagctl completion bash)' },
    { title: 'for everybody', line: 'flagctl completion bash > /etc/bash_completion.d/flagctl' },
    { title: 'for zsh', line: `flagctl completion zsh > "\${fpath[1]}/_flagctl"` },
    { title: 'for fish', line: 'flagctl completion fish > ~/.config/fish/completions/flagctl.fish' },
  ],
  run: async (call) => (await import('../completion/scripts.ts')).completion(call),
};
