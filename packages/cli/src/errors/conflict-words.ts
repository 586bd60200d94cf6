import type { ApiError, Difference } from '@flagwright/server/client';
import { differenceLines } from '../changing/difference-lines.ts';
import { NOUNS } from '../nouns/noun.ts';
import { commandLine, type Given } from '../output/command-line.ts';
import { shellWord } from '../output/shell-word.ts';
import type { Words } from './told.ts';

/** What is said of a change that was meant for another version than is there. */
export function conflictWords(error: ApiError, given?: Given): Words {
  return resourceWords(error, given) ?? requestWords(error, given);
}

/** By the words of the server: `version conflict when updating feature flag "my-flag" in project "my-app"`. */
const CONFLICT = /^version conflict when (\w+) ([a-z ]+?) "([^"]+)"(?: in project "([^"]+)")?(?:, stage "([^"]+)")?$/;

function resourceWords({ message, members }: ApiError, given: Given | undefined): Words | undefined {
  const found = CONFLICT.exec(message);
  if (found === null) return undefined;
  const [, doing, words, id, project, stage] = found;
  if (members.currentVersion === null) {
    return {
      message: `version conflict when ${doing} "${id}"`,
      hints: [
        'The resource is not there any more: it has been deleted since you last read it',
        'What is applied without a version is made anew',
      ],
    };
  }
  const noun = NOUNS.find(({ one }) => one === words)?.short ?? 'ffs';
  const name = noun === 'projects' || noun === 'stages' || noun === 'templates' ? noun.slice(0, -1) : noun;
  const where = `${project === undefined ? '' : ` --project ${shellWord(project)}`}${stage === undefined ? '' : ` --stage ${shellWord(stage)}`}`;
  return {
    message: `version conflict when ${doing} "${id}"`,
    hints: [
      'The resource has been modified since you last read it',
      `Run '${commandLine(given, `get ${name} ${shellWord(id ?? '')}${where}`)}' to get the latest version`,
    ],
  };
}

/** Of a change request that was written for something else than is there now. */
function requestWords({ message, members, hint }: ApiError, given: Given | undefined): Words {
  const { currentVersion, expectedVersion, difference } = members;
  const lines = Array.isArray(difference) ? differenceLines(difference as readonly Difference[]) : [];
  const id = /^change request "([^"]+)"/.exec(message)?.[1];
  const shown = lines.length === 0 ? [] : ['Since then it has changed:', ...lines.map((line) => `  ${line}`)];
  if (id === undefined) return { message, hints: [...shown, ...(hint === undefined ? [] : [capital(hint)])] };
  // where it is the flag that decides otherwise, the request names the right version already
  const patch =
    currentVersion === expectedVersion ? '{}' : `{"featureFlagStageDefinitionVersion":"${String(currentVersion)}"}`;
  return {
    message,
    hints: [
      ...shown,
      `Run '${commandLine(given, `describe cr ${shellWord(id)}`)}' to look at what it would do now`,
      `Then save it again for what is there now: ${commandLine(given, `patch cr ${shellWord(id)} -p '${patch}'`)}`,
      `Or apply it all the same, as an approver: ${commandLine(given, `approve ${shellWord(id)} --force`)}`,
    ],
  };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
