import type { Command } from '../grammar/command.ts';
import { KINDS } from '../nouns/noun.ts';
import { LIST_OPTIONS, WATCH_OPTIONS } from '../reading/options.ts';

/** `flagctl watch`. */
export const command: Command = {
  name: 'watch',
  usage: ['<resource> [<id>…] [options]'],
  summary: 'show changes of resources as they happen',
  description: [
    'Shows what flagctl get shows, and then each change: "+" a new one, "~" one that is another now, "-" one that is gone. It is the same as flagctl get … --watch, and goes on until it is interrupted, as by ctrl-C.',
    'It looks every two seconds, or as --interval says, and compares all that is there. In a table a row is also another if what is worked out of other resources is, as in how many stages a flag is enabled.',
    'With -o json each change is a line: {"type":"ADDED","object":{…}}; type is ADDED, MODIFIED or DELETED, and what is there at the beginning is ADDED, unless --watch-only is given. With -o yaml each is a document.',
    'A server that is away for a while, or says that there are too many requests, is told of once on the standard error, and asked again after growing pauses of up to 30 s, or as long as it asks for, up to 5 minutes. A token that is not good any more ends it.',
  ],
  kinds: KINDS,
  args: [{ name: 'id', optional: true, many: true }],
  options: [...LIST_OPTIONS, ...WATCH_OPTIONS],
  examples: [
    { title: 'what happens to the flags of a project', line: 'flagctl watch ff --project my-app' },
    {
      title: 'change requests that wait, every ten seconds',
      line: 'flagctl watch cr --project my-app --filter status=pending --interval 10s',
    },
    {
      title: 'one flag in all its stages, only what changes, for another program',
      line: 'flagctl watch ffs new-checkout --project my-app --all-stages --watch-only -o json',
    },
  ],
  exits: { 0: 'it was interrupted', 4: 'an id, the project or the stage is not there' },
  async run(call) {
    const { watch } = await import('../watching/watch.ts');
    return await watch(call);
  },
};
