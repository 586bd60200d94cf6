import type { Command } from '../grammar/command.ts';

/** `flagctl whoami`. */
export const command: Command = {
  name: 'whoami',
  usage: ['[-o table|json|yaml|name]'],
  summary: 'show whose token is used, and what it may do',
  description: [
    'Asks the server whose token this is: its subject, as the history names it, its role, the projects and stages it is for, and when it ends to hold. Says, too, which server was asked, and by which context of the configuration.',
  ],
  examples: [
    { title: 'does the token hold?', line: 'flagctl whoami' },
    { title: 'of another context', line: 'flagctl whoami --context prod' },
    { title: 'the role alone', line: 'flagctl whoami -o json | jq -r .role' },
  ],
  exits: { 3: 'there is no token, or it is not good any more' },
  run: async (call) => (await import('../access/whoami.ts')).whoAmI(call),
};
