import { valueToYaml } from '@flagwright/core/text';
import type { Call } from '../grammar/call.ts';
import { fieldsText } from '../output/fields.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { sessionOf } from '../session/session.ts';
import { endText, scopeText, type TokenInfo } from './token-info.ts';

interface Who {
  readonly subject: string;
  readonly role: string;
  readonly projects: readonly string[] | null;
  readonly stages: readonly string[] | null;
  readonly may: readonly string[];
  readonly token: TokenInfo | null;
}

/** `whoami`. Throws what the server refuses. */
export async function whoAmI(call: Call): Promise<number> {
  const { world } = call;
  const { api, settings } = await sessionOf(call);
  const who = (await api.ask('GET', '/whoami')) as Who;
  const output = outputOf(call);
  const all = { ...who, server: settings.server, context: settings.profile ?? null };
  if (output === 'json') await world.out(jsonText(all));
  else if (output === 'yaml') await world.out(valueToYaml(all));
  else if (output === 'name') await world.out(`${safe(who.subject)}\n`);
  else {
    const { token } = who;
    const fields = fieldsText([
      ['Subject', who.subject],
      ['Role', who.role],
      ['May', who.may.join(', ')],
      ['Projects', scopeText(who.projects)],
      ['Stages', scopeText(who.stages)],
      ['Token', token === null ? 'none: this server asks for none' : `${token.name} (${token.id})`],
      ['Expires', token === null ? undefined : endText(token, world.now())],
      ['Server', settings.server],
      ['Context', settings.profile],
    ]);
    await world.out(fields);
  }
  return 0;
}
