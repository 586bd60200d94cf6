import type { Command } from '../grammar/command.ts';
import { jsonText } from '../output/json.ts';
import { VERSION } from '../version.generated.ts';

/** `flagctl version`. */
export const command: Command = {
  name: 'version',
  usage: ['[-o json|yaml|name]'],
  summary: 'show the version',
  description: ['Shows the version of flagctl. No server is asked.'],
  examples: [
    { title: 'for people', line: 'flagctl version' },
    { title: 'for programs', line: 'flagctl version -o json | jq -r .version' },
  ],
  async run(call) {
    const output = call.text('output');
    const { world } = call;
    if (output === 'json') await world.out(jsonText({ version: VERSION }));
    else if (output === 'yaml') await world.out(`version: ${VERSION}\n`);
    else await world.out(output === 'name' ? `${VERSION}\n` : `flagctl ${VERSION}\n`);
    return 0;
  },
};
