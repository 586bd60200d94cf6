import { booleanOf, type Issue } from '@flagwright/core';
import type { GateSetting } from '../layer.ts';
import { notBoolean, shortened, type Wording } from './boolean.ts';
import { readFeaturesJson } from './features-json.ts';
import { type Reading, soundSettings } from './reading.ts';

/** Longer lists are refused: no program has so many gates. */
const MOST_CHARACTERS = 65_536;

/**
 * The settings of a list as Kubernetes has it: `A=true,B=false`; blanks and empty parts do not count, and values are as
 * Go's `ParseBool` has them.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` with every problem: `missing bool value for X`, `invalid value of X=banana,
 * err: …`; `TOO_LARGE` for more than 65,536 characters.
 */
export function parseGateList(text: string, from: string): readonly GateSetting[] {
  return soundSettings(readGateList(text, from, 'kubernetes'), 'INVALID_ARGUMENT');
}

/**
 * The settings of a list as Zarf has it: `a=true,b=false`, or a JSON object, `{"a":"true","b":false}`, in which null is
 * unset.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` with every problem: `unable to parse feature value: X into bool for key: Y`;
 * `TOO_LARGE` for more than 65,536 characters.
 */
export function parseFeatures(text: string, from: string): readonly GateSetting[] {
  return soundSettings(readFeatures(text, from), 'INVALID_ARGUMENT');
}

/**
 * The settings of a list of names that are all on, or all off: `Foo,Bar`.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` for a name with a value; `TOO_LARGE` for more than 65,536 characters.
 */
export function parseGateNames(text: string, enabled: boolean, from: string): readonly GateSetting[] {
  return soundSettings(readGateNames(text, enabled, from), 'INVALID_ARGUMENT');
}

/** As `parseGateList`, with what is wrong beside what is right. */
export function readGateList(text: string, from: string, wording: Wording): Reading {
  return readParts(text, from, (part, set, wrong) => {
    const at = part.indexOf('=');
    const name = (at < 0 ? part : part.slice(0, at)).trim();
    if (at < 0) {
      const zarf = `${shortened(name)} must be formatted as key=value`;
      wrong(name, 'missing-value', wording === 'zarf' ? zarf : `missing bool value for ${shortened(name)}`);
      return;
    }
    const value = part.slice(at + 1).trim();
    const enabled = booleanOf(value);
    if (name === '') wrong(name, 'missing-name', `missing name before =${shortened(value)}`);
    else if (enabled === undefined) wrong(name, 'not-a-boolean', notBoolean(name, value, wording));
    else set(name, enabled);
  });
}

/** As `parseFeatures`, with what is wrong beside what is right. */
export function readFeatures(text: string, from: string): Reading {
  if (text.length > MOST_CHARACTERS || !text.trimStart().startsWith('{')) return readGateList(text, from, 'zarf');
  return readFeaturesJson(text, from);
}

/** As `parseGateNames`, with what is wrong beside what is right. */
export function readGateNames(text: string, enabled: boolean, from: string): Reading {
  return readParts(text, from, (part, set, wrong) => {
    if (!part.includes('=')) return set(part, enabled);
    wrong(part, 'name-with-value', `${shortened(part)} is no name: this list has names only`);
  });
}

type PartReader = (
  part: string,
  set: (name: string, enabled: boolean) => void,
  wrong: (name: string, code: string, message: string) => void,
) => void;

function readParts(text: string, from: string, read: PartReader): Reading {
  const settings: GateSetting[] = [];
  const issues: Issue[] = [];
  const wrong = (name: string, code: string, message: string): void => {
    issues.push({ severity: 'error', code, path: name === '' ? [] : [name], message: `${message} (set by ${from})` });
  };
  if (text.length > MOST_CHARACTERS) {
    wrong('', 'too-large', `a list of ${text.length} characters; expected at most ${MOST_CHARACTERS}`);
    return { settings, issues };
  }
  for (const part of text.split(',')) {
    const trimmed = part.trim();
    if (trimmed !== '') read(trimmed, (name, enabled) => settings.push({ name, enabled, from }), wrong);
  }
  return { settings, issues };
}
