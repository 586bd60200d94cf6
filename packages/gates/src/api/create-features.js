import { FlagError, preview, suggest } from '@flagwright/core';
import { defineGates } from '../gates.js';
import { gatesHolder } from '../holder.js';
import { fold, gateName } from '../names.js';
import { tellOnce, warnerOf } from '../warn.js';
import { checkFeatures, declarationsOf, isNone } from './check-features.js';
import { Default, mapOf, User } from './feature.js';
import { RESETS } from './resets.js';

const NO_PROGRAM = { program: 'features', version: '0.0.0' };
const NONE = mapOf([]);
/** What users gave, by the layer made of it: so all features over the same gates know it. */
const GIVEN = new WeakMap();
/** Features of their own, or over gates that are there. */
export function createFeatures(options = {}) {
  let holder = options.gates;
  /** Declared features as they were given; those of `options.gates` are read from the gates. */
  let declared;
  /** Set before anything was declared. */
  let early = NONE;
  let tell = teller();
  function teller() {
    return tellOnce('features', (message) => {
      const onWarning = options.onWarning ?? holder?.current.program.onWarning;
      warnerOf({ onWarning })(message);
    });
  }
  function allDefault() {
    if (declared === undefined && holder !== undefined) declared = declaredBy(holder.current);
    return declared ?? NONE;
  }
  function allUser() {
    if (holder === undefined) return early;
    const layer = holder.current.layer('user');
    if (layer === undefined) return NONE;
    const { settings } = layer;
    return GIVEN.get(layer) ?? mapOf(settings.map(({ name, enabled }) => [gateName(name), { name, enabled }]));
  }
  const find = (set, name) => set[keyOf(name)];
  function found(feature, what, name) {
    if (feature !== undefined) return feature;
    throw new FlagError('NOT_FOUND', `${what} not found: ${textOf(name)}`);
  }
  function isEnabled(name) {
    const gates = holder?.current;
    if (gates?.has(name)) return gates.enabled(name);
    const key = keyOf(name);
    if (gates?.has(key)) return gates.enabled(key);
    const feature = allUser()[key];
    if (feature !== undefined) return feature.enabled;
    tell(`feature ${preview(key)} is in no set, so it is off`, () => nearest(key));
    return false;
  }
  function set(features) {
    if (isNone(features)) return;
    if (Object.keys(allUser()).length > 0) throw new FlagError('CONFLICT', 'user features have already been set');
    const given = checkFeatures(User, features);
    if (holder === undefined) early = given;
    else {
      holder.apply(userLayer(given, holder.current));
      tellUndeclared(given);
    }
  }
  function setDefault(features, program = {}) {
    if (isNone(features)) return;
    if (holder !== undefined) throw new FlagError('CONFLICT', 'default features have already been set');
    const given = checkFeatures(Default, features);
    const about = { ...NO_PROGRAM, onWarning: options.onWarning, ...program };
    const gates = defineGates(about, declarationsOf(given, about.program));
    holder = gatesHolder(early === NONE ? gates : gates.with(userLayer(early, gates)));
    declared = given;
    tellUndeclared(early);
  }
  function tellUndeclared(given) {
    for (const name of Object.keys(given)) {
      if (!holder.current.has(name)) tell(`feature ${preview(name)} is set, and not declared`, () => nearest(name));
    }
  }
  function nearest(key) {
    const names = Object.keys(allDefault());
    const near = names.find((name) => fold(name) === fold(key)) ?? suggest(key, names);
    return near === undefined ? '' : `. Did you mean ${near}?`;
  }
  const api = Object.freeze({
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
      const { enabled, layer: source, why: reason } = holder.current.state(keyOf(name));
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
    early = NONE;
    tell = teller();
    if (only === User) return;
    if (options.gates === undefined) holder = undefined;
    declared = undefined;
  });
  return api;
}
/** The name of a feature whichever way it is spelled: `feature.` may stand before it. */
function keyOf(name) {
  return gateName(textOf(name));
}
/** A name that is text, whatever a program without types has given. */
function textOf(name) {
  return typeof name === 'string' ? name : preview(name);
}
const FROM = 'set()';
const SET_BY = `set by ${FROM}`;
/** What a user set, as far as it is declared. */
function userLayer(given, gates) {
  const settings = Object.entries(given)
    .filter(([name]) => gates.has(name))
    .map(([name, { enabled }]) => ({ name, enabled, from: FROM }));
  const layer = { name: 'user', settings };
  GIVEN.set(layer, given);
  return layer;
}
/** Gates as their declarations have them, in the version that runs. */
function declaredBy(gates) {
  return mapOf(
    gates.list().map(({ name, description, default: enabled, since, until, stage, owner }) => {
      const feature = { name, description, enabled, since, stage, owner };
      return [name, until === undefined ? feature : { ...feature, until }];
    }),
  );
}
//# sourceMappingURL=create-features.js.map
