import type { Command } from '../grammar/command.ts';
import { GLOBAL_OPTIONS } from '../grammar/global-options.ts';
import { NO_HEADERS, PAGE_OPTIONS } from '../reading/options.ts';

const { env, ...STAGE } = GLOBAL_OPTIONS.find(({ name }) => name === 'stage')!;

/** `flagctl audit`. */
export const command: Command = {
  name: 'audit',
  usage: ['[options]'],
  summary: 'show what was done to everything',
  description: [
    'Lists the changes of all resources, tokens and webhooks, the newest first: those of the project, if the command line or the context names one, for all who may read it; those of the whole server for its admins.',
    'With --stage, only what is of that stage, and what was done to its link to the project, as to how it is protected.',
    'A filter compares kind, project, stage, id, actor, token, action, at, forced, requestId, comment and version, as flagctl get --help tells.',
    'The newest 100 are shown, or the page that is asked for; --all shows all.',
  ],
  options: [
    { ...STAGE, otherwise: 'all of them; that of the context does not count' },
    { name: 'filter', value: 'expression', summary: "only what it is true of, as 'actor=ann and forced=true'" },
    { name: 'sort', value: 'fields', summary: 'the order, as at, or -version', otherwise: 'the newest first' },
    { name: 'all-projects', summary: 'of the whole server, even if the context names a project' },
    { name: 'diff', summary: 'what each change changed' },
    ...PAGE_OPTIONS,
    { name: 'all', summary: 'all of it, however long' },
    NO_HEADERS,
  ],
  examples: [
    { title: 'what was done in a project', line: 'flagctl audit --project my-app' },
    {
      title: 'what was overridden, on the whole server',
      line: 'flagctl audit --all-projects --filter forced=true --diff',
    },
    {
      title: 'what somebody did to production since a day',
      line: 'flagctl audit --project my-app --filter \'actor=ann and stage=production and at>="2026-01-31T00:00:00Z"\'',
    },
  ],
  exits: { 5: 'the whole server is for its admins' },
  async run(call) {
    const { audit } = await import('../reading/history.ts');
    return await audit(call);
  },
};
