import type { Issue } from '@flagwright/core';
import { type GateSetting, LAYERS, type LayerName, LENIENT } from './layer.ts';
import { ALL_OF } from './names.ts';
import type { Registered, Registry } from './registry.ts';
import type { Settled } from './settle.ts';
import type { GateState } from './state.ts';

/** The gates as layers leave them, and the requirements that are not met. */
export interface Resolved {
  readonly states: ReadonlyMap<string, GateState>;
  readonly issues: readonly Issue[];
}

const NONE: readonly string[] = Object.freeze([]);

interface Decision {
  readonly enabled: boolean;
  readonly layer: GateState['layer'];
  readonly setting: GateSetting | undefined;
  readonly why: string;
}

/**
 * Works out every gate from the declarations and all layers, from nothing each time, so that no setting outlives its
 * layer. Per gate the highest layer wins; within a layer the name of a gate wins over `AllAlpha` and `AllBeta`,
 * whatever their order. Gates that `tolerates` names may lack what they require: they are off then, and no error.
 */
export function resolve(
  registry: Registry,
  layers: ReadonlyMap<LayerName, Settled>,
  tolerates: (name: string) => boolean = () => false,
): Resolved {
  const decisions = new Map<string, Decision>();
  for (const [name, gate] of registry.gates) decisions.set(name, decide(gate, layers));
  const issues = meetRequirements(registry, decisions, tolerates);
  const states = new Map<string, GateState>();
  for (const [name, gate] of registry.gates) states.set(name, stateOf(gate, decisions.get(name)!));
  return { states, issues };
}

function decide({ name, spec }: Registered, layers: ReadonlyMap<LayerName, Settled>): Decision {
  const { stage, default: byDefault } = spec;
  if (stage === 'prealpha') {
    return { enabled: false, layer: 'locked', setting: undefined, why: 'it comes in a later version' };
  }
  if (spec.locked) {
    const why = stage === 'removed' ? 'it was removed' : `${stage} and locked`;
    return { enabled: byDefault, layer: 'locked', setting: undefined, why };
  }
  for (const layer of LAYERS) {
    const set = layers.get(layer)?.of;
    if (set === undefined) continue;
    const own = set.get(name);
    if (own !== undefined) return { enabled: own.enabled, layer, setting: own, why: `set by ${own.from}` };
    for (const [all, of] of Object.entries(ALL_OF)) {
      const setting = of === stage ? set.get(all) : undefined;
      if (setting === undefined) continue;
      return { enabled: setting.enabled, layer, setting, why: `${all}=${setting.enabled}, set by ${setting.from}` };
    }
  }
  return {
    enabled: byDefault,
    layer: 'default',
    setting: undefined,
    why: `${stage}, ${byDefault ? 'on' : 'off'} by default`,
  };
}

/**
 * Gates that are on while what they require is off. If the cluster or its file had a part in it, or the gate is
 * tolerated, it is switched off, and that is told; else it is an error.
 */
function meetRequirements(
  registry: Registry,
  decisions: Map<string, Decision>,
  tolerates: (name: string) => boolean,
): readonly Issue[] {
  const issues: Issue[] = [];
  const lenient = ({ layer }: Decision): boolean => layer === 'requirement' || LENIENT.has(layer as LayerName);
  for (let again = true; again; ) {
    again = false;
    issues.length = 0;
    for (const [name, gate] of registry.gates) {
      const decision = decisions.get(name)!;
      const { requires = NONE } = gate.declaration;
      const off = decision.enabled ? requires.filter((other) => !decisions.get(other)!.enabled) : [];
      if (off.length === 0) continue;
      if (tolerates(name) || lenient(decision) || off.some((other) => lenient(decisions.get(other)!))) {
        const why = `it requires ${off.join(', ')}, which ${off.length === 1 ? 'is' : 'are'} off`;
        decisions.set(name, { enabled: false, layer: 'requirement', setting: decision.setting, why });
        again = true;
        continue;
      }
      issues.push({
        severity: 'error',
        code: 'unmet-requirement',
        path: [decision.layer, name],
        message: `${name} is enabled, but depends on features that are disabled: [${off.join(' ')}]`,
        hint: `enable ${off.join(', ')} too, or disable ${name}`,
      });
    }
  }
  return [...issues, ...[...decisions].flatMap(([name, decision]) => unmet(name, decision))];
}

function unmet(name: string, { layer, why }: Decision): readonly Issue[] {
  if (layer !== 'requirement') return [];
  return [
    { severity: 'warning', code: 'unmet-requirement', path: ['requirement', name], message: `${name} is off: ${why}` },
  ];
}

function stateOf({ name, declaration, spec, overdue }: Registered, decision: Decision): GateState {
  const { owner, description, requires = NONE, replacement, proposal } = declaration;
  const { enabled, layer, setting, why } = decision;
  return Object.freeze({
    name,
    stage: spec.stage,
    enabled,
    default: spec.default,
    locked: spec.locked,
    layer,
    from: setting?.from,
    place: setting?.place,
    why,
    owner,
    description,
    since: spec.since,
    until: spec.until,
    overdue,
    requires,
    replacement,
    proposal,
  });
}
