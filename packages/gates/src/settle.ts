import { type Issue, preview, suggest } from '@flagwright/core';
import { shortened } from './input/boolean.ts';
import { type GateSetting, type Layer, type LayerName, LENIENT } from './layer.ts';
import { STAGE_WORD } from './maturity.ts';
import { ALL_OF, fold, gateName } from './names.ts';
import { shown } from './printable.ts';
import type { Registry } from './registry.ts';

/** What a layer sets once its names are known and its quarrels are told: by gate, and by `AllAlpha` and `AllBeta`. */
export interface Settled {
  readonly name: LayerName;
  readonly of: ReadonlyMap<string, GateSetting>;
  readonly issues: readonly Issue[];
  /** Settings to be given up, as Kubernetes warns of them. */
  readonly warnings: readonly string[];
}

/** For more unknown names of a layer than this nothing like them is looked for: with so many it is no slip. */
const MOST_SUGGESTIONS = 20;

/** A layer held against the declarations. What is wrong in it sets nothing. */
export function settle(layer: Layer, registry: Registry): Settled {
  const issues: Issue[] = [];
  const warnings: string[] = [];
  const of = new Map<string, GateSetting>();
  const quarrels = new Set<string>();
  let looked = 0;
  const nearest = (name: string): string | undefined =>
    registry.folded.get(fold(name)) ?? (looked++ < MOST_SUGGESTIONS ? suggest(name, registry.gates.keys()) : undefined);
  for (const given of layer.settings) {
    // files and variables are named by others, too
    const setting = { ...given, from: shown(String(given.from)) };
    const name = gateName(setting.name);
    const wrong = wrongSetting(name, setting, registry, nearest);
    if (wrong !== undefined) {
      issues.push(issueOf(name, setting, layer.name, wrong));
      continue;
    }
    if (!Object.hasOwn(ALL_OF, name) && !registry.gates.has(name)) continue;
    const other = of.get(name);
    if (other !== undefined && other.enabled !== setting.enabled) {
      const [on, off] = other.enabled ? [other, setting] : [setting, other];
      const message = `feature gate ${name} is both enabled (by ${whereOf(on)}) and disabled (by ${whereOf(off)})`;
      issues.push(issueOf(name, setting, layer.name, { code: 'on-and-off', message }));
      quarrels.add(name);
      continue;
    }
    of.set(name, setting);
  }
  for (const name of quarrels) of.delete(name);
  for (const [name, { enabled }] of of) {
    const stage = registry.gates.get(name)?.spec.stage;
    // nobody may ask for it any more, so that using it would tell
    if (stage === 'removed') {
      warnings.push(`Setting removed feature gate ${name}=${enabled}. It has no effect any more.`);
    }
    if (stage !== 'ga' && stage !== 'deprecated') continue;
    const kind = stage === 'ga' ? 'GA' : 'deprecated';
    warnings.push(`Setting ${kind} feature gate ${name}=${enabled}. It will be removed in a future release.`);
  }
  return { name: layer.name, of, issues, warnings };
}

/** Who set it, with the line of a file: both may stand in the same one. */
function whereOf({ from, place }: GateSetting): string {
  return place === undefined ? from : `${from}:${place.line}:${place.column}`;
}

type Wrong = Pick<Issue, 'code' | 'message' | 'hint'> & { readonly severity?: 'warning' };

/** Why a setting cannot be followed, in the words of Kubernetes. */
function wrongSetting(
  name: string,
  setting: GateSetting,
  registry: Registry,
  nearest: (name: string) => string | undefined,
): Wrong | undefined {
  if (typeof setting.enabled !== 'boolean') {
    return {
      code: 'not-a-boolean',
      message: `invalid value of ${shortened(name)}=${preview(setting.enabled)}, expected true or false`,
    };
  }
  if (Object.hasOwn(ALL_OF, name)) return undefined;
  const gate = registry.gates.get(name);
  const { enabled } = setting;
  if (gate === undefined) {
    if (registry.options.allowUnknown === true) return undefined;
    const near = nearest(name);
    return {
      code: 'unknown-gate',
      message: `unrecognized feature gate: ${shortened(name)}`,
      ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
    };
  }
  const { spec } = gate;
  if (spec.stage === 'prealpha') {
    if (!enabled) return undefined;
    const message = `cannot set feature gate ${name} to true, feature is PreAlpha at version ${registry.options.version}`;
    return { code: 'pre-alpha', message };
  }
  if (!spec.locked || enabled === spec.default) return undefined;
  const message = `cannot set feature gate ${name} to ${enabled}, feature is locked to ${spec.default}`;
  const hint = `it is ${STAGE_WORD[spec.stage]}; leave it out`;
  if (registry.options.onLockedOverride === 'ignore') return { severity: 'warning', code: 'locked', message, hint };
  return { code: 'locked', message, hint };
}

function issueOf(
  name: string,
  { from, place }: GateSetting,
  layer: LayerName,
  { severity, code, message, hint }: Wrong,
): Issue {
  return {
    severity: severity ?? (LENIENT.has(layer) ? 'warning' : 'error'),
    code,
    path: [layer, name],
    message: code === 'on-and-off' ? message : `${message} (set by ${from})`,
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { place }),
  };
}
