import { FlagError, isRecord, preview, suggest } from '@flagwright/core';
import { checkDeclarations } from '../check.js';
import { gateName } from '../names.js';
import { gateError } from '../registry.js';
import { mapOf } from './feature.js';

const FIELDS = ['name', 'description', 'enabled', 'since', 'until', 'stage', 'owner'];
/** What a feature may leave open, as a gate has it. */
const OPEN = { stage: 'beta', description: 'Not described.', since: '0.0.0' };
/** Whether no features were given. Throws `FlagError('INVALID_ARGUMENT')` for what is no list. */
export function isNone(features) {
  if (Array.isArray(features)) return features.length === 0;
  throw new FlagError('INVALID_ARGUMENT', `${preview(features)} is no list of features`);
}
/** Frozen copies of features, by name. Throws `FlagError('INVALID_ARGUMENT')` with everything that is wrong in them. */
export function checkFeatures(what, features) {
  const issues = [];
  const seen = new Map();
  for (const [i, feature] of features.entries()) {
    const error = (field, code, message, more = {}) => {
      issues.push({ severity: 'error', code, path: [i, ...field], message, ...more });
    };
    if (!isRecord(feature)) {
      error([], 'not-a-feature', `${preview(feature)} is no feature`, { expected: 'a map of name, enabled and more' });
      continue;
    }
    for (const field of Object.keys(feature)) {
      if (FIELDS.includes(field)) continue;
      const near = suggest(field, FIELDS);
      const hint = near === undefined ? {} : { hint: `did you mean ${near}?` };
      error([field], 'unknown-field', `a feature has no field ${preview(field)}`, hint);
    }
    const { name, enabled } = feature;
    if (typeof enabled !== 'boolean') {
      error(['enabled'], 'not-a-boolean', `enabled is ${preview(enabled)}`, { expected: 'true or false' });
    }
    if (typeof name !== 'string') {
      error(['name'], 'bad-name', `name is ${preview(name)}`, { expected: 'text' });
      continue;
    }
    if (seen.has(gateName(name))) error(['name'], 'same-name', `feature ${name} is there already`);
    seen.set(gateName(name), feature);
  }
  const found = issues.length > 0 ? issues : checkDeclarations(declarationsOf(mapOf(seen), 'somebody'));
  const errors = found.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw gateError(`${what} features cannot be set so`, errors);
  return mapOf(seen);
}
/** Features as the gates of a program. What they leave open is beta, of no description, and there from the beginning. */
export function declarationsOf(features, program) {
  return Object.fromEntries(
    Object.entries(features).map(([name, { enabled, owner = program, until, ...rest }]) => {
      const { stage = OPEN.stage, description = OPEN.description, since = OPEN.since } = rest;
      const declaration = { stage: stage, default: enabled, owner, description, since };
      return [name, until === undefined ? declaration : { ...declaration, until }];
    }),
  );
}
//# sourceMappingURL=check-features.js.map
