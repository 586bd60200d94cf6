import { formatPath, type Issue } from '@flagwright/core';
import type { ApiError } from '@flagwright/server/client';
import { type Noun, nounOfKind } from '../nouns/noun.ts';
import { EXIT, type Exit } from './command-error.ts';
import type { Told } from './told.ts';

/** What the server refused, in the words of the command line. */
export function toldOfApi(error: ApiError): Told {
  const { status, code, issues, requestId } = error;
  const more = {
    code,
    status,
    ...(issues.length === 0 ? {} : { issues }),
    ...(requestId === undefined ? {} : { requestId }),
  };
  return { exit: exitOf(error), ...wordsOf(error), more };
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

function wordsOf(error: ApiError): Pick<Told, 'message' | 'hints'> {
  const { message, members, hint, status } = error;
  switch (error.code) {
    case 'UNAUTHORIZED':
      return {
        message,
        hints: ["Give one by FLAGCTL_TOKEN, or keep it: 'flagctl config set-credentials <name>'", ...hinted(hint)],
      };
    case 'NOT_FOUND':
      return { message, hints: listHint(members) ?? hinted(hint) };
    case 'VERSION_CONFLICT':
      return conflictWords(error);
    case 'IN_USE':
      return { message, hints: inUseHints(error) };
    case 'INVALID_SPEC':
      if (message === 'invalid targeting expression') return targetingWords(error);
      return { message, hints: issueHints(error.issues, hint) };
    case 'INTERNAL':
      return { message, hints: [`The log of the server has more, under ${error.requestId}`] };
    default: {
      if (error.code === undefined && status === 404) {
        return {
          message: 'the server knows no such address',
          hints: ['Is the address of the server that of Flagwright?'],
        };
      }
      return { message, hints: hinted(hint) };
    }
  }
}

const hinted = (hint: string | undefined): readonly string[] =>
  hint === undefined ? [] : [hint.charAt(0).toUpperCase() + hint.slice(1)];

/** `Run 'flagctl get ff --project my-app' to list available flags`. */
function listHint(members: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const { kind, project } = members;
  if (typeof kind !== 'string') return undefined;
  const noun: Noun | undefined = nounOfKind(kind as Noun['kind']);
  if (noun === undefined) return undefined;
  const listed = noun.kind === 'ProjectStage' ? 'stages' : noun.short;
  const where = typeof project === 'string' ? ` --project ${project}` : '';
  const what = noun.kind === 'FeatureFlag' ? 'flags' : noun.kind === 'ProjectStage' ? 'linked stages' : noun.many;
  return [`Run 'flagctl get ${listed}${where}' to list available ${what}`];
}

/** By the words of the first line: `version conflict when updating feature flag "my-flag" in project "my-app"`. */
function conflictWords({ message }: ApiError): Pick<Told, 'message' | 'hints'> {
  const found =
    /^version conflict when (\w+) ([a-z ]+?) "([^"]+)"(?: in project "([^"]+)"(?:, stage "([^"]+)")?)?/.exec(message);
  const hints = ['The resource has been modified since you last read it'];
  if (found === null) return { message, hints };
  const [, doing, words, id, project, stage] = found;
  const noun =
    words === 'feature flag'
      ? 'ff'
      : words?.startsWith('stage definition') === true
        ? 'ffs'
        : words === 'context attribute'
          ? 'ctx'
          : words === 'change request'
            ? 'cr'
            : words;
  const where = `${project === undefined ? '' : ` --project ${project}`}${stage === undefined ? '' : ` --stage ${stage}`}`;
  return {
    message: `version conflict when ${doing} "${id}"`,
    hints: [...hints, `Run 'flagctl get ${noun} ${id}${where}' to get the latest version`],
  };
}

function inUseHints({ message, members, hint }: ApiError): readonly string[] {
  const active = /^cannot \w+ feature flag "[^"]+"(?: in project "([^"]+)")?: still active in stages/.exec(message);
  if (active === null || !Array.isArray(members.stages)) return hinted(hint);
  const project = typeof members.project === 'string' ? members.project : (active[1] ?? '<project>');
  return [
    `Run 'flagctl get ffs --project ${project}' to view stage definitions`,
    'Disable in all stages first, or use --force',
  ];
}

function targetingWords({ issues }: ApiError): Pick<Told, 'message' | 'hints'> {
  return {
    message: 'invalid targeting expression',
    hints: [
      'Expected valid JSON Logic format',
      'See https://jsonlogic.com/ for syntax documentation',
      ...issues.map(({ message }) => message),
    ],
  };
}

const MOST_ISSUES = 20;

/** Each issue in a line; the first is in the message already, so one alone tells only what to do. */
function issueHints(issues: readonly Issue[], hint: string | undefined): readonly string[] {
  const [first] = issues;
  if (first === undefined) return hinted(hint);
  const lines = issues.slice(0, MOST_ISSUES).map(({ path, message, expected, hint: todo }) => {
    const parts = [`${formatPath(path)}: ${message}`, ...(expected === undefined ? [] : [`; expected ${expected}`])];
    return `${parts.join('')}${todo === undefined ? '' : `. Hint: ${todo}`}`;
  });
  const rest = issues.length - lines.length;
  return rest > 0 ? [...lines, `and ${rest} more`] : lines;
}
