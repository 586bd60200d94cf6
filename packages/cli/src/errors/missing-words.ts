import type { ApiError } from '@flagwright/server/client';
import { nounOfKind } from '../nouns/noun.ts';
import { commandLine, type Given } from '../output/command-line.ts';
import { shellWord } from '../output/shell-word.ts';
import type { Words } from './told.ts';

/** What is said of a resource that is not there, and where to look for others; undefined if the server names none. */
export function missingWords({ message, members, hint }: ApiError, given?: Given): Words | undefined {
  const { kind, id, version } = members;
  // of tokens and webhooks there is no noun
  const noun = typeof kind === 'string' ? nounOfKind(kind as never) : undefined;
  if (noun === undefined) return undefined;
  // of a version the server names the project in words alone
  const [, place, stage] = /" in project "([^"]+)"(?:, stage "([^"]+)")?/.exec(message) ?? [];
  const project = typeof members.project === 'string' ? members.project : place;
  const where = typeof project === 'string' ? ` --project ${shellWord(project)}` : '';
  const list = (listed: string, what: string): string =>
    `Run '${commandLine(given, `get ${listed}${where}`)}' to list ${what}`;
  if (typeof version === 'string') {
    const at = `${noun.short} ${shellWord(String(id))}${where}${stage === undefined ? '' : ` --stage ${shellWord(stage)}`}`;
    return { message, hints: [`Run '${commandLine(given, `history ${at}`)}' to list the versions it had`] };
  }
  switch (noun.kind) {
    case 'FeatureFlag':
      return { message: reordered(message), hints: [list('ff', 'available flags')] };
    case 'ProjectStage': {
      const listed = list('stages', 'linked stages');
      // what is asked for belongs to a stage that could be linked; the link itself is just not there
      const first = message.includes('is not linked')
        ? [`Run '${commandLine(given, `link stage ${shellWord(String(id))}${where}`)}' to link it`]
        : [];
      return { message: reordered(message), hints: [...first, listed] };
    }
    case 'ChangeRequest':
      // that it is of another place says what to do
      return { message, hints: [hint ?? list(noun.short, `available ${noun.many}`)] };
    default:
      return { message: reordered(message), hints: [list(noun.short, `available ${noun.many}`)] };
  }
}

/** `flag "a" in project "b" not found` as `flag "a" not found in project "b"`. */
function reordered(message: string): string {
  const [missing, place] = [message.indexOf(' not found'), message.indexOf('" in project "')];
  if (missing < 0 || place < 0 || place > missing) return message;
  const end = missing + ' not found'.length;
  return `${message.slice(0, place + 1)} not found${message.slice(place + 1, missing)}${message.slice(end)}`;
}
