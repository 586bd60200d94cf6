import { FlagError, type Issue, preview, suggest } from '@flagwright/core';
import type { GateDeclarations, GateSpec, ProgramOptions } from './declaration.ts';
import { layersByName } from './given-layers.ts';
import { type Layer, type LayerName, LENIENT } from './layer.ts';
import { fold } from './names.ts';
import { rememberAnswers } from './quick.ts';
import { gateError, type Registry, register } from './registry.ts';
import { resolve } from './resolve.ts';
import { type Settled, settle } from './settle.ts';
import { specsOf } from './spec.ts';
import type { GateState } from './state.ts';

/**
 * The gates of a program as they stand: immutable, so whoever holds one sees no change under its feet. `with` makes
 * another one; a holder that others read from is `liveGates`.
 */
export interface Gates<N extends string = string> {
  readonly program: ProgramOptions;
  /** What is doubtful: in the declarations, in the cluster's values, in requirements that the cluster left unmet. */
  readonly issues: readonly Issue[];
  /** Whether a gate is on. Throws `FlagError('NOT_FOUND')` for a name that is not declared. */
  enabled(name: N): boolean;
  /** Whether a gate of this name is declared. */
  has(name: string): name is N;
  /** A gate with all that is known of it, and why it is on or off. Throws `FlagError('NOT_FOUND')`. */
  state(name: N): GateState<N>;
  /** All gates, sorted by name. */
  list(): readonly GateState<N>[];
  /** What a gate was, is and will be, by version, oldest first; without a history, what it is. Throws as `state`. */
  history(name: N): readonly GateSpec[];
  /**
   * These gates with layers put in the place of those of the same names; layers of one name in one call are one layer,
   * with the settings of all. Throws `FlagError('INVALID_ARGUMENT')` with
   * every problem: gates that are not declared or locked, on and off at once, or on without what they require. What the
   * cluster and its local file say is never thrown about, but told in `issues`; what they leave without its requirements
   * is off, and stays so without an error until it has them.
   */
  with(...layers: readonly Layer[]): Gates<N>;
  /** These gates without a layer. Never throws: what is left without what it requires is off, and told in `issues`. */
  without(name: LayerName): Gates<N>;
  /** A layer as it was given; several of one name in one call as the one that they are. */
  layer(name: LayerName): Layer | undefined;
}

/**
 * Declares the gates of a program, once and in one place.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` with every problem in the declarations.
 */
export function defineGates<const D extends GateDeclarations>(
  program: ProgramOptions,
  declarations: D,
): Gates<keyof D & string> {
  return gatesOf(register(program, declarations), new Map());
}

interface Held {
  readonly given: Layer;
  readonly settled: Settled;
}

function gatesOf<N extends string>(
  registry: Registry,
  layers: ReadonlyMap<LayerName, Held>,
  tolerates: (name: string) => boolean = () => false,
): Gates<N> {
  const settled = [...layers].map(([name, held]) => [name, held.settled] as const);
  const { states, issues: requirements } = resolve(registry, new Map(settled), tolerates);
  const found = [...settled.flatMap(([, { issues }]) => issues), ...requirements];
  const errors = found.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw gateError(`the feature gates of ${registry.options.program} cannot be set so`, errors);

  // gates that warn at their first use are not in it until then
  const quick = new Map<string, boolean>();
  for (const [name, state] of states) if (warningOf(state) === undefined) quick.set(name, state.enabled);

  const stateOf = (name: string): GateState => {
    const state = states.get(name);
    if (state !== undefined) return state;
    const near = registry.folded.get(fold(String(name))) ?? suggest(String(name), registry.gates.keys());
    const hint = near === undefined ? '' : `. Did you mean ${near}?`;
    throw new FlagError(
      'NOT_FOUND',
      `feature gate ${preview(name)} is not declared by ${registry.options.program}${hint}`,
    );
  };
  const slow = (name: string): boolean => {
    const state = stateOf(name);
    registry.warn(warningOf(state)!);
    quick.set(name, state.enabled);
    return state.enabled;
  };
  const list = Object.freeze([...states.values()]) as readonly GateState<N>[];

  const gates = Object.freeze<Gates<N>>({
    program: registry.options,
    issues: Object.freeze([...registry.issues, ...found]),
    enabled: (name) => quick.get(name) ?? slow(name),
    has: (name): name is N => states.has(name),
    state: (name) => stateOf(name) as GateState<N>,
    list: () => list,
    history: (name) => specsOf(registry.gates.get(stateOf(name).name)!.declaration),
    with(...given) {
      const next = new Map(layers);
      const laid = [...layersByName(given)];
      for (const [name, layer] of laid) next.set(name, { given: layer, settled: settle(layer, registry) });
      // a change in the cluster may take away what a gate of the command line needs: that must not stop the cluster
      const lenient = laid.every(([name]) => LENIENT.has(name));
      const gates = gatesOf<N>(registry, next, (name) => lenient || states.get(name)?.layer === 'requirement');
      for (const [name] of laid) for (const message of next.get(name)!.settled.warnings) registry.warn(message);
      return gates;
    },
    without(name) {
      const next = new Map(layers);
      next.delete(name);
      return gatesOf<N>(registry, next, () => true);
    },
    layer: (name) => layers.get(name)?.given,
  });
  rememberAnswers(gates, quick);
  return gates;
}

/** What to tell when a gate is used; undefined of one that nobody has to care about. */
function warningOf({ name, stage, enabled, until, overdue, replacement }: GateState): string | undefined {
  const instead = replacement === undefined ? '' : `; use ${replacement} instead`;
  if (stage === 'removed')
    return `feature gate ${name} was removed${until === undefined ? '' : ` in ${until}`}${instead}`;
  if (stage !== 'deprecated') return undefined;
  if (overdue) return `feature gate ${name} should have been removed in ${until}${instead}`;
  if (!enabled) return undefined;
  return `feature gate ${name} is deprecated${until === undefined ? '' : ` and will be removed in ${until}`}${instead}`;
}
