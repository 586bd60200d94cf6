import type { Command } from '../grammar/command.ts';

/** `flagctl approve`. */
export const command: Command = {
  name: 'approve',
  usage: ['<request> [options]', 'cr <request> [options]'],
  summary: 'approve and apply a change request',
  description: [
    "Shows whom the change moves from what to what, and applies it; 'flagctl apply cr <id>' does the same. A request that has a time is approved, and applied then. With --dry-run all is checked and shown, and nothing is applied. Where --project or --stage is given, the request must be of that one.",
    'If the stage definition, or the flag, is not any more what the request was written for, that is a conflict (exit code 6): the request stays pending, and how the two differ is shown.',
    'Where a stage takes a second approver, nobody applies what they have written.',
  ],
  args: [
    { name: 'id', complete: 'request' },
    { name: 'request', optional: true, complete: 'request' },
  ],
  options: [
    { name: 'comment', value: 'text', summary: 'why; kept with the request, and in the history' },
    { name: 'force', summary: 'though it was written for something else than is there now; for approvers' },
  ],
  examples: [
    { title: 'what a change request does, without applying it', line: 'flagctl approve cr-123 --dry-run' },
    { title: 'apply it', line: 'flagctl approve cr-123 --comment "Approved by SRE team"' },
    { title: 'the same, as kubectl would have it', line: 'flagctl approve cr cr-123 --comment "Approved by SRE team"' },
  ],
  exits: {
    4: 'there is no such change request',
    5: 'the token may not approve there, or another approver has to',
    6: 'it was decided already, or was written for something else than is there now',
    7: 'what it makes of the stage definition is not valid any more',
  },
  async run(call) {
    const { idOfKind } = await import('../changing/named-one.ts');
    const { approveRequest } = await import('../requests/approve.ts');
    return await approveRequest(call, idOfKind(call, 'ChangeRequest'));
  },
};
