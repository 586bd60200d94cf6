import { FlagError, isRecord, oneOf, preview, suggest } from '@flagwright/core';
import type { SemVer } from 'semver';
import type { ProgramOptions } from './declaration.ts';
import { type Channel, ON_IN } from './maturity.ts';
import { versionOf } from './version.ts';

const OPTIONS: Readonly<Record<keyof ProgramOptions, true>> = {
  program: true,
  version: true,
  envPrefix: true,
  channel: true,
  onLockedOverride: true,
  allowUnknown: true,
  onWarning: true,
};

/** The version that runs. Throws `FlagError('INVALID_ARGUMENT')` for the first option that is none, or wrong. */
export function checkProgram(options: ProgramOptions): SemVer {
  const wrong = (message: string): FlagError => new FlagError('INVALID_ARGUMENT', message);
  if (!isRecord(options)) throw wrong(`the program is ${preview(options)}; expected a map of program and version`);
  for (const option of Object.keys(options)) {
    if (Object.hasOwn(OPTIONS, option)) continue;
    const near = suggest(option, Object.keys(OPTIONS));
    const hint = near === undefined ? '' : `. Did you mean ${near}?`;
    throw wrong(`a program has no option ${preview(option)}; expected ${oneOf(Object.keys(OPTIONS))}${hint}`);
  }
  const { program, version, envPrefix, channel, onLockedOverride, allowUnknown, onWarning } = options;
  if (typeof program !== 'string' || !/^[A-Za-z][\w.-]{0,63}$/.test(program)) {
    throw wrong(`program is ${preview(program)}; expected the name of the program, as its users type it`);
  }
  const running = versionOf(version);
  if (running === undefined) {
    throw wrong(`the version of ${program} is ${preview(version)}; expected one like "1.2.3" or "v1.2.3"`);
  }
  const check = (option: keyof ProgramOptions, good: boolean, expected: string): void => {
    if (options[option] === undefined || good) return;
    throw wrong(`${option} is ${preview(options[option])}; expected ${expected}`);
  };
  const capitals = typeof envPrefix === 'string' && /^(?:[A-Z][A-Z0-9_]*)?$/.test(envPrefix);
  check('envPrefix', capitals, 'capitals, digits and _, or nothing');
  check('channel', Object.hasOwn(ON_IN, channel as Channel), oneOf(Object.keys(ON_IN)));
  check('onLockedOverride', ['error', 'ignore'].includes(onLockedOverride as string), 'error or ignore');
  check('allowUnknown', typeof allowUnknown === 'boolean', 'true or false');
  check('onWarning', typeof onWarning === 'function', 'a function that is told a message');
  return running;
}
