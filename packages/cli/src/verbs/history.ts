import type { Command } from '../grammar/command.ts';
import { STAGE_OF_REQUESTS } from '../grammar/global-options.ts';
import { KINDS } from '../nouns/noun.ts';
import { NO_HEADERS, PAGE_OPTIONS } from '../reading/options.ts';

/** `flagctl history`. */
export const command: Command = {
  name: 'history',
  usage: ['<resource> <id> [options]'],
  summary: 'show what was done to a resource, and by whom',
  description: [
    'Lists the changes of a resource, the newest first: the version since, when, who, what, and why. "(forced)" marks what overrode a protection or a check. A resource that was deleted has a history, too.',
    'With --diff, what each change changed is below it, as spec.enabled: true → false. With -o json or yaml, entries have all of the resource before and after.',
    'The newest 100 are shown, or the page that is asked for; --all shows all. --from and --to, each a version or a time, show those between, both within.',
  ],
  kinds: KINDS,
  args: [{ name: 'id' }],
  options: [
    STAGE_OF_REQUESTS,
    { name: 'diff', summary: 'what each change changed' },
    { name: 'from', value: 'version|time', summary: 'not what is older than this' },
    { name: 'to', value: 'version|time', summary: 'not what is newer than this' },
    ...PAGE_OPTIONS,
    { name: 'all', summary: 'all of it, however long' },
    NO_HEADERS,
  ],
  examples: [
    {
      title: 'who changed a flag in production, and how',
      line: 'flagctl history ffs new-checkout --project my-app --stage production --diff',
    },
    {
      title: 'what was done to a project since a day',
      line: 'flagctl history project my-app --from 2026-01-31T00:00:00Z',
    },
    { title: 'all that a flag ever was', line: 'flagctl history ff new-checkout --project my-app --all -o json' },
  ],
  exits: { 4: 'there never was such a resource' },
  async run(call) {
    const { history } = await import('../reading/history.ts');
    return await history(call);
  },
};
