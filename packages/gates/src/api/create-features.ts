import { FlagError, preview, suggest } from '@flagwright/core';
import type { ProgramOptions } from '../declaration.ts';
import { defineGates, type Gates } from '../gates.ts';
import { gatesHolder, type LiveGates } from '../holder.ts';
import { shortened } from '../input/boolean.ts';
import { fold, gateName } from '../names.ts';
import { answersOf } from '../quick.ts';
import type { GateState } from '../state.ts';
import { type Tell, tellOnce, warnerOf } from '../warn.ts';
import { checkFeatures, declarationsOf, isNone } from './check-features.ts';
import { Default, type Feature, type FeatureMap, type Mode, mapOf, type Name, User } from './feature.ts';
import { RESETS } from './resets.ts';
import { GIVEN, layEarly, SET, SET_BY, userLayer } from './user-layer.ts';

/** A feature as it stands: what its maintainers say of it, whether it is on, and why. */
export interface EffectiveFeature extends Feature {
  /** Which layer decided, as of a gate. */
  readonly source: GateState['layer'];
  /** The decision in words: `set by --feature-gates`. */
  readonly reason: string;
}

/**
 * Features of a program or a library: declared once by its maintainers, set once by its user, and read by everybody.
 * They are gates: layers of the command line, the environment or a cluster on `gates()` decide before what a user set.
 */
export interface FeatureApi {
  /**
   * Whether a feature is on. What a user set comes before the default. One in no set is off, and one warning says so.
   * Never throws.
   */
  isEnabled(name: Name): boolean;
  /** As `isEnabled`. */
  enabled(name: Name): boolean;
  /**
   * Sets features for this process, once: a second call throws `FlagError('CONFLICT')`, a call without features does
   * nothing. Throws `FlagError('INVALID_ARGUMENT')`, and changes nothing, for a name twice, for versions that are none,
   * and for gates that are locked or lack what they require.
   */
  set(features: readonly Feature[]): void;
  /**
   * For maintainers: declares the features there are, once, as `set` does. `program` says whose they are and what
   * version runs; without it no `until` has come. What a user has set before and cannot have, as a feature that was
   * removed, does nothing, and a warning says so.
   */
  setDefault(features: readonly Feature[], program?: Partial<ProgramOptions>): void;
  /** A feature as the user set it, else as it is declared. Throws `FlagError('NOT_FOUND')`. */
  get(name: Name): Feature;
  /** A feature as it is declared. Throws `FlagError('NOT_FOUND')`. */
  getDefault(name: Name): Feature;
  /** A feature as the user set it. Throws `FlagError('NOT_FOUND')`. */
  getUser(name: Name): Feature;
  /** A feature as it stands, whoever decided. Throws `FlagError('NOT_FOUND')`. */
  effective(name: Name): EffectiveFeature;
  /** Both sets. Either may be empty, which is no error. */
  all(): Readonly<Record<Mode, FeatureMap>>;
  /** All declared features. */
  allDefault(): FeatureMap;
  /** All features that the user has set, on or off. */
  allUser(): FeatureMap;
  /**
   * The gates of these features, to lay layers on and to list. Whoever takes the layer `user` away there has not undone
   * `set`: it can be called no more. Throws `FlagError('NOT_READY')` before `setDefault`.
   */
  gates(): LiveGates;
}

export interface FeaturesOptions {
  /** Gates that are declared already: the features are theirs, and `setDefault` has been. */
  readonly gates?: LiveGates | undefined;
  /** Told, once each, of names that nobody knows. Default: as of the gates, else a process warning. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

const NO_PROGRAM = { program: 'features', version: '0.0.0' };
const NONE: FeatureMap = mapOf([]);

/** For more names in no set than this nothing like them is looked for. */
const MOST_SUGGESTIONS = 100;

/** Features of their own, or over gates that are there. */
export function createFeatures(options: FeaturesOptions = {}): FeatureApi {
  let holder = options.gates;
  /** Declared features as they were given; those of `options.gates` are read from the gates. */
  let declared: FeatureMap | undefined;
  /** Set before anything was declared. */
  let early = NONE;
  let tell = teller();

  function teller(): Tell {
    return tellOnce('features', (message) => {
      const onWarning = options.onWarning ?? holder?.current.program.onWarning;
      warnerOf({ onWarning })(message);
    });
  }

  function allDefault(): FeatureMap {
    if (declared === undefined && holder !== undefined) declared = declaredBy(holder.current);
    return declared ?? NONE;
  }

  function allUser(): FeatureMap {
    if (holder === undefined) return early;
    const layer = holder.current.layer('user');
    if (layer === undefined) return NONE;
    const { settings } = layer;
    return GIVEN.get(layer) ?? mapOf(settings.map(({ name, enabled }) => [gateName(name), { name, enabled }]));
  }

  const find = (set: FeatureMap, name: Name): Feature | undefined => set[keyOf(name)];

  function found(feature: Feature | undefined, what: string, name: Name): Feature {
    if (feature !== undefined) return feature;
    throw new FlagError('NOT_FOUND', `${what} not found: ${shortened(textOf(name))}`);
  }

  let seen: Gates | undefined;
  let answers = answersOf(NONE);

  function isEnabled(name: Name): boolean {
    const gates = holder?.current;
    // to look here takes half the time of asking the gates whether they know the name, and then what it is
    if (gates !== seen) {
      seen = gates;
      answers = answersOf(gates ?? NONE);
    }
    const answer = answers.get(name);
    if (answer !== undefined) return answer;
    const key = keyOf(name);
    if (gates?.has(key)) return gates.enabled(key);
    const feature = allUser()[key];
    if (feature !== undefined) return feature.enabled;
    tell(`feature ${preview(key)} is in no set, so it is off`, () => nearest(key));
    return false;
  }

  function set(features: readonly Feature[]): void {
    if (isNone(features)) return;
    if ((holder !== undefined && SET.has(holder)) || Object.keys(allUser()).length > 0) {
      throw new FlagError('CONFLICT', 'user features have already been set');
    }
    const given = checkFeatures(User, features);
    if (holder === undefined) early = given;
    else {
      holder.apply(userLayer(given, holder.current));
      SET.add(holder);
      tellUndeclared(given);
    }
  }

  function setDefault(features: readonly Feature[], program: Partial<ProgramOptions> = {}): void {
    if (isNone(features)) return;
    if (holder !== undefined) throw new FlagError('CONFLICT', 'default features have already been set');
    const given = checkFeatures(Default, features);
    const about = { ...NO_PROGRAM, onWarning: options.onWarning, ...program };
    const gates: Gates = defineGates(about, declarationsOf(given, about.program));
    const { laid, refused } = early === NONE ? { laid: gates, refused: [] } : layEarly(gates, early);
    holder = gatesHolder(laid);
    if (early !== NONE) SET.add(holder);
    declared = given;
    for (const { path, message } of refused) {
      tell(`what was set of feature ${preview(path.at(-1))} does nothing: ${message}`);
    }
    tellUndeclared(early);
  }

  function tellUndeclared(given: FeatureMap): void {
    for (const name of Object.keys(given)) {
      if (!holder!.current.has(name)) tell(`feature ${preview(name)} is set, and not declared`, () => nearest(name));
    }
  }

  let looked = 0;
  function nearest(key: string): string {
    // with so many it is no slip
    if (looked++ >= MOST_SUGGESTIONS) return '';
    const names = Object.keys(allDefault());
    const near = names.find((name) => fold(name) === fold(key)) ?? suggest(key, names);
    return near === undefined ? '' : `. Did you mean ${near}?`;
  }

  const api: FeatureApi = Object.freeze<FeatureApi>({
    isEnabled,
    enabled: isEnabled,
    set,
    setDefault,
    get: (name) => found(find(allUser(), name) ?? find(allDefault(), name), 'feature', name),
    getDefault: (name) => found(find(allDefault(), name), 'default feature', name),
    getUser: (name) => found(find(allUser(), name), 'user-configured feature', name),
    effective(name) {
      const feature = find(allDefault(), name);
      if (feature === undefined) {
        const given = found(find(allUser(), name), 'feature', name);
        return Object.freeze({ ...given, source: User, reason: `${SET_BY}, and not declared` });
      }
      const { enabled, layer: source, why: reason } = holder!.current.state(keyOf(name));
      return Object.freeze({ ...feature, enabled, source, reason });
    },
    all: () => Object.freeze({ [Default]: allDefault(), [User]: allUser() }),
    allDefault,
    allUser,
    gates() {
      if (holder !== undefined) return holder;
      throw new FlagError('NOT_READY', 'no features are declared yet: call setDefault first');
    },
  });
  RESETS.set(api, (only) => {
    if (holder?.current.layer('user') !== undefined) holder.drop('user');
    if (holder !== undefined) SET.delete(holder);
    early = NONE;
    tell = teller();
    if (only === User) return;
    if (options.gates === undefined) holder = undefined;
    declared = undefined;
  });
  return api;
}

/** The name of a feature whichever way it is spelled: `feature.` may stand before it. */
function keyOf(name: Name): string {
  return gateName(textOf(name));
}

/** A name that is text, whatever a program without types has given. */
function textOf(name: unknown): string {
  return typeof name === 'string' ? name : preview(name);
}

/** Gates as their declarations have them, in the version that runs. */
function declaredBy(gates: Gates): FeatureMap {
  return mapOf(
    gates.list().map(({ name, description, default: enabled, since, until, stage, owner }) => {
      const feature = { name, description, enabled, since, stage, owner };
      return [name, until === undefined ? feature : { ...feature, until }];
    }),
  );
}
