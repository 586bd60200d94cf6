import type { Command, Option } from '../grammar/command.ts';

/** As the server has them. */
const ROLES = ['sdk', 'viewer', 'editor', 'approver', 'admin'];

const WHICH = { name: 'token' } as const;

const EXPIRES = 'when it ends to hold: after 12h, 90d or 4w, or at a time, as 2027-01-31T12:00:00Z';

const YES: Option = { name: 'yes', short: 'y', summary: 'do not ask' };

const COMMANDS: readonly Command[] = [
  {
    name: 'create',
    usage: ['<name> --role <role> [--project <id>]… [--stage <id>]… [--subject <name>] [--expires <when>]'],
    summary: 'make a token, and print it this once',
    description: [
      'Prints the token alone on the standard output, so that it can go straight to where it is kept; what it may do is told on the standard error. The server keeps no more of it than a hash: a token that is lost is revoked, and another one made.',
      'Without --project it is for all projects, without --stage for all stages; those of the context do not count here. Nobody makes a token that may do more, or holds longer, than their own.',
      'Roles: sdk evaluates, for one stage of one project; viewer reads; editor changes flags and asks for changes; approver decides on them; admin does everything.',
    ],
    args: [{ name: 'name' }],
    options: [
      { name: 'role', value: 'role', choices: ROLES, summary: 'what it may do' },
      {
        name: 'project',
        value: 'id',
        many: true,
        summary: 'a project it is for',
        otherwise: 'all',
        complete: 'project',
      },
      { name: 'stage', value: 'id', many: true, summary: 'a stage it is for', otherwise: 'all', complete: 'stage' },
      {
        name: 'subject',
        value: 'name',
        summary: 'the person or program, as the history names it',
        otherwise: 'the name',
      },
      { name: 'expires', value: 'when', summary: EXPIRES, otherwise: 'never' },
    ],
    examples: [
      { title: 'for a developer', line: 'flagctl token create ann --role editor --project my-app --expires 90d' },
      {
        title: 'for an application, into a file that only its owner can read',
        line: '(umask 077; flagctl token create my-app-production --role sdk --project my-app --stage production > sdk.token)',
      },
      {
        title: 'for a pipeline, into the configuration',
        line: 'flagctl token create ci --role editor --project my-app | flagctl config set-credentials ci --token-stdin',
      },
    ],
    run: async (call) => (await import('../access/tokens.ts')).createToken(call),
  },
  {
    name: 'list',
    usage: ['[--revoked] [-o table|wide|json|yaml|name]'],
    summary: 'list tokens, without anything secret',
    options: [{ name: 'revoked', summary: 'those that were revoked, too' }],
    examples: [
      { title: 'all that hold, or have expired', line: 'flagctl token list' },
      {
        title: 'those that nobody has used',
        line: "flagctl token list -o json | jq -r '.items[] | select(.lastUsedAt == null) | .name'",
      },
    ],
    run: async (call) => (await import('../access/tokens.ts')).listTokens(call),
  },
  {
    name: 'show',
    usage: ['<token>'],
    summary: 'show what a token is for, by its name or id',
    args: [WHICH],
    examples: [{ title: 'who is it?', line: 'flagctl token show ann' }],
    exits: { 4: 'there is no such token' },
    run: async (call) => (await import('../access/tokens.ts')).showToken(call),
  },
  {
    name: 'update',
    usage: ['<token> [--name <name>] [--expires <when>]'],
    summary: 'give a token another name, or another end',
    description: ['What a token may do never changes: make another one.'],
    args: [WHICH],
    options: [
      { name: 'name', value: 'name', summary: 'another name, of which there is only one' },
      { name: 'expires', value: 'when', summary: `${EXPIRES}; or never` },
    ],
    examples: [
      { title: 'a month more', line: 'flagctl token update ann --expires 30d' },
      { title: 'to free the name for its successor', line: 'flagctl token update ann --name ann-2026' },
    ],
    exits: { 4: 'there is no such token' },
    run: async (call) => (await import('../access/tokens.ts')).updateToken(call),
  },
  {
    name: 'revoke',
    usage: ['<token> [--yes]'],
    summary: 'revoke a token for good, by its name or id',
    description: [
      'It holds no longer, at once. It stays in the list of revoked ones, for the history, and so does its name. The last token by which the whole server can be administered cannot be revoked.',
    ],
    args: [WHICH],
    options: [YES],
    examples: [
      { title: 'after a question', line: 'flagctl token revoke ann' },
      { title: 'in a script, by its id', line: 'flagctl token revoke k3v7q2mzp5ab --yes' },
    ],
    exits: { 1: 'the answer was no', 4: 'there is no such token', 6: 'it is the last one of its kind' },
    run: async (call) => (await import('../access/tokens.ts')).revokeToken(call),
  },
];

/** `flagctl token`. */
export const command: Command = {
  name: 'token',
  usage: ['<command> [options]'],
  summary: 'make, list and revoke tokens',
  description: [
    'Tokens are how a server knows who asks. These commands need the role admin; with a token for some projects or stages, they reach those within them.',
    'To rotate a token: make another one with the same --subject, give it to whoever uses it, wait until the old one is not used any more, and revoke that.',
  ],
  commands: COMMANDS,
  examples: [
    { title: 'for a developer', line: 'flagctl token create ann --role editor --project my-app' },
    { title: 'who has one', line: 'flagctl token list' },
    { title: 'not any more', line: 'flagctl token revoke ann' },
  ],
};
