import type { Command } from '../grammar/command.ts';
import { KINDS } from '../nouns/noun.ts';
import { FILTER_FIELDS, LIST_OPTIONS, PAGE_OPTIONS, WATCH_OPTIONS } from '../reading/options.ts';

/** `flagctl get`. */
export const command: Command = {
  name: 'get',
  usage: ['<resource> [options]', '<resource> <id>… [options]', '<resource> [<id>…] --watch [options]'],
  summary: 'list resources, or show one',
  description: [
    'Lists the resources of a kind, or shows those whose ids are given. A list has all there are, however many, unless --page or --page-size ask for one page.',
    'As a table, flags have in how many of the linked stages they are enabled; with -o wide, a column for each of these stages: "enabled", "disabled", or "-" where neither a stage definition nor the flag says.',
    'As JSON and YAML, one resource is its manifest, and a list is {apiVersion, kind, items, totalCount, page, pageSize}; apply takes both, so a list is a backup. With -o name each is a line as feature-flag/new-checkout.',
    'Stages are those of the server; without ids and with --project (or FLAGCTL_PROJECT) those that the project is linked to. Change requests are all you may see; --project and --stage narrow them, and one that is named by its id must be of these. The project and the stage of the context do not count for these two, which belong to no project.',
    'Stage definitions are those of a stage; those of all stages of the project if neither --stage nor the context says which, or with --all-stages. With the id of a flag and without a stage, what that flag does in each.',
    'A filter compares fields: = != ~ (contains) !~ < <= > >= in (…), joined by and, or, not and parentheses; values with blanks go in quotes. The fields are:',
    FILTER_FIELDS,
    'With --watch it goes on, and shows what changes, until it is interrupted; see flagctl watch --help.',
  ],
  kinds: KINDS,
  args: [{ name: 'id', optional: true, many: true }],
  options: [
    ...LIST_OPTIONS,
    ...PAGE_OPTIONS,
    { name: 'all', summary: 'all pages, as without --page and --page-size' },
    { name: 'watch', short: 'w', summary: 'go on, and show what changes' },
    ...WATCH_OPTIONS,
  ],
  examples: [
    {
      title: 'the flags of a project, with what they are in each stage',
      line: 'flagctl get ff --project my-app -o wide',
    },
    {
      title: 'boolean flags about the checkout, those changed last first',
      line: "flagctl get ff --project my-app --filter 'name~checkout and type=BOOLEAN' --sort '-modificationInfo.lastModifiedTime'",
    },
    {
      title: 'what is enabled in production',
      line: 'flagctl get ffs --project my-app --stage production --filter enabled=true',
    },
    { title: 'what waits for a decision', line: 'flagctl get cr --project my-app --filter status=pending' },
    { title: 'a backup that apply reads', line: 'flagctl get ff --project my-app -o yaml > flags-backup.yaml' },
    {
      title: 'the ids of all flags, for other programs',
      line: "flagctl get ff --project my-app -o json | jq -r '.items[].id'",
    },
  ],
  exits: { 4: 'an id, the project or the stage is not there; those that are there are shown' },
  async run(call) {
    if (call.has('watch') || call.has('watch-only')) {
      const { watch } = await import('../watching/watch.ts');
      return await watch(call);
    }
    if (call.has('interval')) {
      const { UsageError } = await import('../errors/usage-error.ts');
      throw new UsageError('--interval goes with --watch, which is not given');
    }
    const { get } = await import('../reading/get.ts');
    return await get(call);
  },
};
