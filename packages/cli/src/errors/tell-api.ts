import type { ApiError } from '@flagwright/server/client';
import { commandLine, type Given } from '../output/command-line.ts';
import { shellWord } from '../output/shell-word.ts';
import { EXIT, type Exit } from './command-error.ts';
import { conflictWords } from './conflict-words.ts';
import { foreignWords } from './foreign-words.ts';
import { issueLines } from './issue-lines.ts';
import { missingWords } from './missing-words.ts';
import type { Told, Words } from './told.ts';

/** What the server refused, in the words of the command line; the commands it shows go where the command line `given` goes. */
export function toldOfApi(error: ApiError, given?: Given): Told {
  const { status, code, issues, requestId } = error;
  const more = {
    ...(code === undefined ? {} : { code }),
    status,
    ...(issues.length === 0 ? {} : { issues }),
    ...(requestId === undefined ? {} : { requestId }),
  };
  return { exit: exitOf(error), ...wordsOf(error, given), more };
}

function exitOf({ status, code }: ApiError): Exit {
  switch (status) {
    case 401:
      return EXIT.unauthorized;
    case 403:
      return EXIT.forbidden;
    case 404:
      return EXIT.notFound;
    case 409:
      return EXIT.conflict;
    case 413:
    case 422:
      return EXIT.invalid;
    case 400:
      return code === 'INVALID_ARGUMENT' ? EXIT.usage : EXIT.invalid;
    default:
      return EXIT.failed;
  }
}

function wordsOf(error: ApiError, given: Given | undefined): Words {
  const { message, hint, issues } = error;
  switch (error.code) {
    case undefined:
      return foreignWords(error);
    case 'UNAUTHORIZED':
      return { message, hints: tokenHints(error) };
    case 'FORBIDDEN':
      return {
        message,
        hints: [...hinted(hint), `Run '${commandLine(given, 'whoami')}' to see what this token may do`],
      };
    case 'NOT_FOUND':
      return missingWords(error, given) ?? { message, hints: hinted(hint) };
    case 'VERSION_CONFLICT':
      return conflictWords(error, given);
    case 'IN_USE':
      return { message, hints: inUseHints(error, given) };
    case 'INVALID_SPEC':
      if (isOfTargeting(error)) return targetingWords(error);
      return { message, hints: issues.length === 0 ? hinted(hint) : issueLines(issues) };
    case 'CONFLICT':
      return { message, hints: archivedHint(message, given) ?? hinted(hint) };
    case 'INVALID_ARGUMENT':
      return idWords(message) ?? { message, hints: hinted(hint) };
    case 'INTERNAL':
      return { message, hints: [`The log of the server has more, under ${error.requestId}`] };
    default:
      return { message, hints: hinted(hint) };
  }
}

/** A hint of the server as a sentence; a command may have given it several lines. */
const hinted = (hint: string | undefined): readonly string[] =>
  hint === undefined ? [] : (hint.charAt(0).toUpperCase() + hint.slice(1)).split('\n').map(inOptions);

/** The API has parameters where a command line has options. */
const inOptions = (line: string): string => line.replace(/\b(use|with) force\b/g, '$1 --force');

function tokenHints({ hint, message }: ApiError): readonly string[] {
  const how = "Give one by FLAGCTL_TOKEN, or keep it: 'flagctl config set-credentials <name>'";
  // that of the server, where there is none, is for programs
  return message.includes('no token') ? [how] : [...hinted(hint?.startsWith('send ') === true ? undefined : hint), how];
}

function inUseHints({ message, members, hint }: ApiError, given: Given | undefined): readonly string[] {
  if (!/^cannot \w+ feature flag "[^"]+": still active in stages/.test(message)) return hinted(hint);
  const project = typeof members.project === 'string' ? shellWord(members.project) : '<project>';
  return [
    `Run '${commandLine(given, `get ffs --project ${project}`)}' to view stage definitions`,
    'Disable in all stages first, or use --force',
  ];
}

function archivedHint(message: string, given: Given | undefined): readonly string[] | undefined {
  const [, flag, project] = /^feature flag "([^"]+)" in project "([^"]+)" is archived$/.exec(message) ?? [];
  if (flag === undefined) return undefined;
  const command = `patch ff ${shellWord(flag)} --project ${shellWord(project ?? '')} --archived=false`;
  return [`Run '${commandLine(given, command)}' to bring it back`];
}

/** Whether all that is wrong is the targeting itself, and not what it stands beside. */
function isOfTargeting({ message, issues }: ApiError): boolean {
  if (message === 'invalid targeting expression') return true;
  return (
    issues.length > 0 &&
    issues.every(({ path, code }) => path[0] === 'spec' && path[1] === 'targeting' && code !== 'contradiction')
  );
}

function targetingWords({ issues }: ApiError): Words {
  return {
    message: 'invalid targeting expression',
    hints: [
      'Expected valid JSON Logic format',
      'See https://jsonlogic.com/ for syntax documentation',
      ...issueLines(issues),
    ],
  };
}

/** Of a name that can be none: there is a path where programs ask, and none on a command line. */
function idWords(message: string): Words | undefined {
  const found = /^the (\w+) in the path (?:is (".*")|(is empty)|(has \d+ characters)); expected (.+)$/s.exec(message);
  if (found === null) return undefined;
  const [, parameter = '', text, empty, long, expected] = found;
  const what = PARAMETERS.get(parameter) ?? parameter;
  if (long !== undefined) return { message: `the id of the ${what} ${long}; expected ${expected}`, hints: [] };
  const given = empty === undefined ? (text ?? '') : '""';
  const [, number] = parameter === 'request' ? (/^"(?:cr-?|#)?([1-9]\d*)"$/i.exec(given) ?? []) : [];
  return {
    message: `${what} ${given} cannot be: expected ${expected}`,
    hints: number === undefined ? [] : [`Did you mean cr-${number}?`],
  };
}

/** How people call what the parameters of paths name. */
const PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['flag', 'feature flag'],
  ['request', 'change request'],
  ['context', 'context attribute'],
]);
