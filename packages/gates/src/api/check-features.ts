import { FlagError, type Issue, isRecord, type Path, preview, suggest } from '@flagwright/core';
import { checkDeclarations } from '../check.ts';
import type { GateDeclaration, GateDeclarations } from '../declaration.ts';
import { shortened } from '../input/boolean.ts';
import type { Maturity } from '../maturity.ts';
import { gateName } from '../names.ts';
import { gateError } from '../registry.ts';
import { type Feature, type FeatureMap, mapOf } from './feature.ts';

const FIELDS: readonly string[] = ['name', 'description', 'enabled', 'since', 'until', 'stage', 'owner'];

/** What a feature may leave open, as a gate has it. */
const OPEN = { stage: 'beta', description: 'Not described.', since: '0.0.0' } as const;

/** Whether no features were given. Throws `FlagError('INVALID_ARGUMENT')` for what is no list. */
export function isNone(features: readonly Feature[]): boolean {
  if (Array.isArray(features)) return features.length === 0;
  throw new FlagError('INVALID_ARGUMENT', `${preview(features)} is no list of features`);
}

/** Frozen copies of features, by name. Throws `FlagError('INVALID_ARGUMENT')` with everything that is wrong in them. */
export function checkFeatures(what: string, features: readonly Feature[]): FeatureMap {
  const issues: Issue[] = [];
  const seen = new Map<string, Feature>();
  for (const [i, feature] of features.entries()) {
    const error = (field: readonly string[], code: string, message: string, more: Partial<Issue> = {}): void => {
      issues.push({ severity: 'error', code, path: [i, ...field] as Path, message, ...more });
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
    if (seen.has(gateName(name))) error(['name'], 'same-name', `feature ${shortened(name)} is there already`);
    seen.set(gateName(name), feature);
  }
  // what is wrong with enabled is told already
  const bare = [...seen].map(([name, feature]) => [name, { ...feature, enabled: feature.enabled === true }] as const);
  const found = [...issues, ...checkDeclarations(declarationsOf(mapOf(bare), 'somebody'))];
  const errors = found.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw gateError(`${what} features cannot be set so`, errors);
  return mapOf(seen);
}

/** Features as the gates of a program. What they leave open is beta, of no description, and there from the beginning. */
export function declarationsOf(features: FeatureMap, program: string): GateDeclarations {
  return Object.fromEntries(
    Object.entries(features).map(([name, { enabled, owner = program, until, ...rest }]): [string, GateDeclaration] => {
      const { stage = OPEN.stage, description = OPEN.description, since = OPEN.since } = rest;
      const declaration = { stage: stage as Maturity, default: enabled, owner, description, since };
      return [name, until === undefined ? declaration : { ...declaration, until }];
    }),
  );
}
