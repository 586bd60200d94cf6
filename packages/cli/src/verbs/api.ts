import type { Command } from '../grammar/command.ts';

/** `flagctl api`. */
export const command: Command = {
  name: 'api',
  usage: ['<method> <path> [--data <json>|@<file>|-] [--query <name>=<value>]… [--header <name>:<value>]…'],
  summary: 'send a request to the API as it is',
  description: [
    'Sends a request to the server of the context, with its token, and prints the JSON of the answer. For what no command does: webhooks, comparisons, what the API will have.',
    'The path is below /platform/feature-flag-management/v0.3; written out, it is fine, too. With --dry-run the request is shown and not sent.',
  ],
  args: [{ name: 'method' }, { name: 'path' }],
  options: [
    {
      name: 'data',
      short: 'd',
      value: 'json',
      summary: 'what is sent: JSON or YAML; @<file> for that of a file, - for that of the standard input',
    },
    { name: 'query', short: 'q', value: 'name=value', many: true, summary: 'a parameter of the query' },
    { name: 'header', short: 'H', value: 'name:value', many: true, summary: 'a header' },
  ],
  examples: [
    { title: 'the first page of projects', line: 'flagctl api GET /projects --query pageSize=10' },
    {
      title: 'flags by a filter',
      line: "flagctl api GET /projects/my-app/feature-flags -q 'filter=tags=checkout' | jq -r '.items[].id'",
    },
    {
      title: 'a webhook, of a file',
      line: 'flagctl api POST /webhooks --data @webhook.json',
    },
    {
      title: 'a change of the version that was read, and of no other',
      line: `flagctl api PATCH /projects/my-app/feature-flags/new-checkout -H 'If-Match: "12"' -d '{"spec":{"owner":"@payments"}}'`,
    },
  ],
  run: async (call) => (await import('../access/request.ts')).request(call),
};
