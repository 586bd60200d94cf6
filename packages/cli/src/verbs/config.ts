import type { Command, Option } from '../grammar/command.ts';

const OTHERWISE = 'it stays as it is; an empty text takes it out';

/** Both of contexts, and of the file. */
const AS_TEXT: Option = {
  name: 'output',
  short: 'o',
  value: 'format',
  choices: ['yaml', 'json'],
  summary: 'how it is shown',
  otherwise: 'yaml',
  env: 'FLAGCTL_OUTPUT',
};

const NO_CONTEXT = { 4: 'there is no such context' } as const;

const COMMANDS: readonly Command[] = [
  {
    name: 'view',
    usage: ['[--raw] [-o json|yaml]'],
    summary: 'show the configuration, with tokens masked',
    description: [
      `Shows contexts and tokens as the file has them. Of a token of Flagwright only the first letters are shown, by which its owner knows it again, of any other nothing; \${VARIABLE} is shown as it is. Members that mean nothing to flagctl are left out.`,
    ],
    options: [{ name: 'raw', summary: 'tokens and all else as it is in the file: mind who can see it' }, AS_TEXT],
    examples: [
      { title: 'what is there', line: 'flagctl config view' },
      {
        title: 'the server of each context',
        line: "flagctl config view -o json | jq -r '.contexts[] | [.name, .context.environment] | @tsv'",
      },
    ],
    run: async (call) => (await import('../config/view.ts')).view(call),
  },
  {
    name: 'get-contexts',
    usage: ['[<name>] [-o table|wide|json|yaml|name]'],
    summary: 'list the contexts; * is the current one',
    args: [{ name: 'name', optional: true, complete: 'profile' }],
    examples: [
      { title: 'all of them', line: 'flagctl config get-contexts' },
      { title: 'their names alone', line: 'flagctl config get-contexts -o name' },
    ],
    exits: NO_CONTEXT,
    run: async (call) => (await import('../config/view.ts')).getContexts(call),
  },
  {
    name: 'current-context',
    usage: [''],
    summary: 'show the name of the context that is used',
    description: ['That is the one of --context or FLAGCTL_CONTEXT, else current-context of the file.'],
    examples: [{ title: 'in a prompt', line: 'PS1=\'$(flagctl config current-context 2>/dev/null) \'"$PS1"' }],
    exits: { 4: 'there is none, or not the one that is named' },
    run: async (call) => (await import('../config/view.ts')).currentContext(call),
  },
  {
    name: 'use-context',
    usage: ['<name>'],
    summary: 'make a context the current one',
    args: [{ name: 'name', complete: 'profile' }],
    examples: [{ title: 'from now on', line: 'flagctl config use-context prod' }],
    exits: NO_CONTEXT,
    run: async (call) => (await import('../config/contexts.ts')).useContext(call),
  },
  {
    name: 'set-context',
    usage: ['<name> [options]', '--current [options]'],
    summary: 'create a context, or change some of it',
    description: [
      'Changes what is given, and leaves the rest as it is. The first context becomes the current one. Only the command line counts here, not FLAGCTL_SERVER, FLAGCTL_PROJECT and FLAGCTL_STAGE.',
      `A context is a server, the name of a token, and what holds where a command does not say --project or --stage. Server, project and stage may have \${VARIABLE}, which is looked up when it is needed.`,
    ],
    args: [{ name: 'name', optional: true, complete: 'profile' }],
    options: [
      {
        name: 'server',
        value: 'url',
        summary: 'the address of the server',
        otherwise: OTHERWISE,
      },
      { name: 'environment', value: 'url', summary: 'the same as --server' },
      { name: 'token-ref', value: 'name', summary: 'the name of the token to use', otherwise: OTHERWISE },
      { name: 'project', value: 'id', summary: 'the project', otherwise: OTHERWISE, complete: 'project' },
      { name: 'stage', value: 'id', summary: 'the stage', otherwise: OTHERWISE, complete: 'stage' },
      { name: 'current', summary: 'make it the current one; without a name: change the current one' },
    ],
    examples: [
      {
        title: 'a server, and what is meant where nobody says',
        line: 'flagctl config set-context prod --server https://flags.example.com --token-ref prod-token --project my-app --stage production',
      },
      { title: 'another project from now on', line: 'flagctl config set-context --current --project mobile-app' },
      { title: 'no stage any more', line: "flagctl config set-context prod --stage ''" },
    ],
    exits: { 4: '--current, and there is no current context' },
    run: async (call) => (await import('../config/contexts.ts')).setContext(call),
  },
  {
    name: 'delete-context',
    usage: ['<name>'],
    summary: 'delete a context; its token stays',
    args: [{ name: 'name', complete: 'profile' }],
    examples: [{ title: 'one that is not used any more', line: 'flagctl config delete-context old' }],
    exits: NO_CONTEXT,
    run: async (call) => (await import('../config/contexts.ts')).deleteContext(call),
  },
  {
    name: 'rename-context',
    usage: ['<name> <new name>'],
    summary: 'give a context another name',
    args: [{ name: 'name', complete: 'profile' }, { name: 'new name' }],
    examples: [{ title: 'a longer name', line: 'flagctl config rename-context prod production' }],
    exits: { ...NO_CONTEXT, 6: 'there is a context of the new name' },
    run: async (call) => (await import('../config/contexts.ts')).renameContext(call),
  },
  {
    name: 'set-credentials',
    usage: ['<name> [--token-stdin | --token-command <command> | --token <token>]'],
    summary: 'keep a token under a name',
    description: [
      'Without an option it asks for the token, and shows nothing of it. The file is one that only you can read.',
      `A token may be \${VARIABLE}: it is looked up whenever it is needed, and the file holds no secret. Or it is what a command prints, as that of a password manager; it is run by sh when a token is needed, and may take 30 s.`,
      'FLAGCTL_TOKEN wins over all of this.',
    ],
    args: [{ name: 'name' }],
    options: [
      { name: 'token-stdin', summary: 'read the token from the standard input' },
      { name: 'token-command', value: 'command', summary: 'a command that prints the token' },
      { name: 'token', value: 'token', summary: `the token, or \${VARIABLE}; others may see it while this runs` },
    ],
    examples: [
      { title: 'to be asked for it', line: 'flagctl config set-credentials prod-token' },
      { title: 'from a file', line: 'flagctl config set-credentials prod-token --token-stdin < first.token' },
      {
        title: 'from a password manager',
        line: "flagctl config set-credentials prod-token --token-command 'pass show flags/prod'",
      },
      { title: 'from a variable of a pipeline', line: `flagctl config set-credentials ci --token '\${FLAGS_TOKEN}'` },
    ],
    run: async (call) => (await import('../config/credentials.ts')).setCredentials(call),
  },
  {
    name: 'delete-credentials',
    usage: ['<name>'],
    summary: 'forget a token; on the server it holds on',
    args: [{ name: 'name' }],
    examples: [{ title: 'after it was revoked', line: 'flagctl config delete-credentials prod-token' }],
    exits: { 4: 'there is no such token' },
    run: async (call) => (await import('../config/credentials.ts')).deleteCredentials(call),
  },
  {
    name: 'path',
    usage: [''],
    summary: 'show which file it is',
    examples: [{ title: 'to look at it', line: 'cat "$(flagctl config path)"' }],
    run: async (call) => (await import('../config/view.ts')).path(call),
  },
];

/** `flagctl config`. */
export const command: Command = {
  name: 'config',
  usage: ['<command> [options]'],
  summary: 'contexts and tokens',
  description: [
    'A context says which server is meant, by which token, and which project and stage where a command does not say. What is used is, first that which is there: --server, --project, --stage; FLAGCTL_SERVER, FLAGCTL_PROJECT, FLAGCTL_STAGE, FLAGCTL_TOKEN; the context. Which context: --context, FLAGCTL_CONTEXT, current-context.',
    'The file is that of --config, FLAGCTL_CONFIG, $XDG_CONFIG_HOME/flagctl/config, or ~/.config/flagctl/config:',
    `  apiVersion: v1\n  kind: Config\n  current-context: prod\n  contexts:\n  - name: prod\n    context:\n      environment: https://flags.example.com\n      token-ref: prod-token\n      project: my-app\n      stage: production\n  tokens:\n  - name: prod-token\n    token: \${FLAGS_TOKEN}          # or the token itself\n  - name: dev-token\n    command: pass show flags/dev   # or what a command prints`,
    'Commands that change it write it anew, as a whole, so that only you can read it. Comments are lost; members that flagctl does not know are kept.',
  ],
  commands: COMMANDS,
  examples: [
    {
      title: 'the first context',
      line: 'flagctl config set-context dev --server http://127.0.0.1:8080 --token-ref dev --project my-app\nflagctl config set-credentials dev',
    },
    { title: 'another one from now on', line: 'flagctl config use-context prod' },
    { title: 'another one for once', line: 'flagctl get ff --context prod' },
  ],
};
