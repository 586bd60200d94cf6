import type { Command } from '../grammar/command.ts';

/** `flagctl completion`. */
export const command: Command = {
  name: 'completion',
  usage: ['bash|zsh|fish'],
  summary: 'write the completion of a shell',
  description: [
    'Prints a script by which a shell completes commands, resources, options and their values, contexts of the configuration, and what the server has: projects, stages, flags, context attributes, change requests, templates and variants. The server is that of the command line, the variables or the context; where it does not answer within 1.5 s, there are no names. Names are kept for 10 s, in a file below $XDG_CACHE_HOME/flagctl or ~/.cache/flagctl that only you can read.',
    'To install it for yourself, where bash has its package bash-completion:',
    '  mkdir -p ~/.local/share/bash-completion/completions\n  flagctl completion bash > ~/.local/share/bash-completion/completions/flagctl',
    'In a bash without that package:',
    "  echo 'source <(flagctl completion bash)' >> ~/.bashrc",
    'For zsh, in a folder of your own:',
    '  mkdir -p ~/.zfunc\n  flagctl completion zsh > ~/.zfunc/_flagctl',
    'and, if ~/.zshrc has them not yet, these lines in it; where it calls compinit already, the first one before that:',
    '  fpath=(~/.zfunc $fpath)\n  autoload -U compinit && compinit',
    'For fish:',
    '  mkdir -p ~/.config/fish/completions\n  flagctl completion fish > ~/.config/fish/completions/flagctl.fish',
    'A new shell has it. For everybody on a machine, root writes the same to /etc/bash_completion.d/flagctl (with bash-completion), /usr/local/share/zsh/site-functions/_flagctl or /etc/fish/completions/flagctl.fish.',
  ],
  args: [{ name: 'shell', choices: ['bash', 'zsh', 'fish'] }],
  examples: [
    { title: 'to try it in this bash', line: 'source <(flagctl completion bash)' },
    { title: 'to try it in this zsh, after compinit', line: 'source <(flagctl completion zsh)' },
    { title: 'to try it in this fish', line: 'flagctl completion fish | source' },
    {
      title: 'for everybody who uses bash',
      line: 'flagctl completion bash | sudo tee /etc/bash_completion.d/flagctl > /dev/null',
    },
  ],
  run: async (call) => (await import('../completion/scripts.ts')).completion(call),
};
