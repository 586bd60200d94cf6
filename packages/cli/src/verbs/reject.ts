import type { Command } from '../grammar/command.ts';

/** `flagctl reject`. */
export const command: Command = rejection('reject', 'reject a change request', 'close');

/** A verb that rejects; `other` does the same. */
export function rejection(name: string, summary: string, other: string): Command {
  return {
    name,
    usage: ['<request> [options]', 'cr <request> [options]'],
    summary,
    description: [
      `The request is then closed, and never applied. Where --project or --stage is given, it must be of that one. It stays to be looked at, with who has closed it, and why. It is for whoever has asked for the change, and for approvers; ${other} does the same.`,
    ],
    args: [
      { name: 'id', complete: 'request' },
      { name: 'request', optional: true, complete: 'request' },
    ],
    options: [{ name: 'comment', value: 'text', summary: 'why; kept with the request, and in the history' }],
    examples: [
      { title: 'say why not', line: `flagctl ${name} cr cr-123 --comment "Not ready for production"` },
      { title: 'the resource need not be named', line: `flagctl ${name} cr-123` },
    ],
    exits: {
      4: 'there is no such change request',
      5: 'the token may not decide there',
      6: 'it was decided already',
    },
    async run(call) {
      const { idOfKind } = await import('../changing/named-one.ts');
      const { closeRequest } = await import('../requests/close.ts');
      return await closeRequest(call, idOfKind(call, 'ChangeRequest'));
    },
  };
}
