import { FlagError, type FlagErrorCode, type Issue } from '@flagwright/core';
import type { GateSetting } from '../layer.ts';
import { shown } from '../printable.ts';

/** What was read from one place: the settings that are well written, and what is wrong with the others. */
export interface Reading {
  readonly settings: readonly GateSetting[];
  readonly issues: readonly Issue[];
}

/** Several readings as one. */
export function joinReadings(readings: readonly Reading[]): Reading {
  return {
    settings: readings.flatMap(({ settings }) => settings),
    issues: readings.flatMap(({ issues }) => issues),
  };
}

/** The settings of a reading. Throws `FlagError` with every problem, if there is one. */
export function soundSettings({ settings, issues }: Reading, code: FlagErrorCode): readonly GateSetting[] {
  if (issues.length > 0) throw readingError(issues, code);
  return settings;
}

/** More problems than this are counted and not shown. */
const MOST_SHOWN = 20;

/** Problems of spelling as one error; `TOO_LARGE` if one of them is that. One line each, the first thing said is what is wrong. */
export function readingError(issues: readonly Issue[], code: FlagErrorCode): FlagError {
  const large = issues.some((issue) => issue.code === 'too-large' || issue.code === 'too-deep');
  const lines = issues.slice(0, MOST_SHOWN).map(lineOf);
  const more = issues.length - lines.length;
  if (more > 0) lines.push(`and ${more} more`);
  return new FlagError(large ? 'TOO_LARGE' : code, lines.join('\n'), { issues });
}

/** Texts of others are in it, and it may end on a terminal. */
function lineOf({ place, message, expected, hint }: Issue): string {
  const where =
    place === undefined ? '' : `${place.file ?? 'line '}${place.file ? ':' : ''}${place.line}:${place.column}: `;
  return shown(
    `${where}${message}${expected === undefined ? '' : `; expected ${expected}`}${hint === undefined ? '' : `. Hint: ${hint}`}`,
  );
}
