import { Refused } from './answer.ts';

/** What the address of an evaluation says, decoded. */
export interface EvaluationPath {
  readonly project: string | undefined;
  readonly stage: string | undefined;
  /** Undefined: all flags. */
  readonly key: string | undefined;
}

const PATH = /^(?:\/sets\/([^/]+)\/([^/]+))?\/ofrep\/v1\/evaluate\/flags(?:\/([^/]+))?\/?$/;

/** Whether a path as it was sent is one of an evaluation. */
export function isEvaluation(path: string): boolean {
  return PATH.test(path);
}

/** Whether it is of one flag. */
export function isOfOne(path: string): boolean {
  return PATH.exec(path)?.[3] !== undefined;
}

/** No key of a flag, and no name, is longer. */
const LONGEST = 1_000;

/**
 * The parts of a path as it was sent, without its query; undefined if it is no path of an evaluation. Throws `Refused`
 * for one that cannot be decoded, or has a part that is very long.
 */
export function evaluationPath(path: string): EvaluationPath | undefined {
  const match = PATH.exec(path);
  if (match === null) return undefined;
  const [, project, stage, key] = match;
  return { project: decoded(project), stage: decoded(stage), key: decoded(key) };
}

function decoded(part: string | undefined): string | undefined {
  if (part === undefined) return undefined;
  let text: string;
  try {
    text = part.includes('%') ? decodeURIComponent(part) : part;
  } catch {
    throw new Refused('INVALID_ARGUMENT', 'GENERAL', 'the path has a broken escape; expected %XX of UTF-8');
  }
  if (text.length <= LONGEST) return text;
  throw new Refused('INVALID_ARGUMENT', 'GENERAL', `a part of the path has more than ${LONGEST} characters`);
}
