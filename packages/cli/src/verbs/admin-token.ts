import type { Command } from '../grammar/command.ts';

/** `flagctl admin-token`. */
export const command: Command = {
  name: 'admin-token',
  usage: ['--name <name> [options]'],
  summary: 'make a token in its database, when all others are lost',
  description: [
    'Makes a token that may do everything, for whoever has the database and lost all other tokens. Prints it this once.',
  ],
  options: [
    { name: 'name', value: 'name', summary: 'of which there is only one, as recovery-2026-11' },
    {
      name: 'data-dir',
      value: 'folder',
      summary: 'the embedded database; no server may have it open',
      otherwise: 'flagwright-data',
      complete: 'file',
    },
    {
      name: 'database',
      value: 'url',
      summary: 'a PostgreSQL instead; its servers may run on',
      env: 'FLAGWRIGHT_DATABASE',
    },
  ],
  examples: [{ title: 'of the embedded database', line: 'flagctl admin-token --name recovery-2026-11' }],
  async run(call) {
    const { adminToken } = await import('../serve/admin-token.ts');
    return await adminToken(call);
  },
};
