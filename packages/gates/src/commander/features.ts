import { FlagError } from '@flagwright/core';
import type { HintOf } from '../feature/hint.ts';
import { commandOf, type Features, isGatedFeature } from '../feature/register.ts';
import { gateCommand } from './command.ts';
import type { CommandLike } from './types.ts';

/** Options of `addFeatures`. */
export interface FeatureCommands<F> {
  /** The commands a feature adds, to be refused while it is hidden. Default: its name, or the type of a backend. */
  readonly namesOf?: ((feature: F) => readonly string[]) | undefined;
  /** How this program opens gates, for the hint. Default: `--feature-gates` and the variable. */
  readonly hint?: HintOf | undefined;
}

/**
 * Adds the commands of those features that users see, by calling `add` for each. The commands of the others are refused,
 * with the hint how to enable them. A command that is there already, or that `add` adds for another feature, is left
 * alone. Returns the parent.
 */
export function addFeatures<C extends CommandLike, F extends object>(
  parent: C,
  features: Features<F>,
  add: (feature: F, parent: C) => void,
  { namesOf = defaultNames, hint }: FeatureCommands<F> = {},
): C {
  const visible = new Set(features.visible());
  for (const feature of features.all) if (visible.has(feature)) add(feature, parent);
  for (const feature of features.all) {
    if (visible.has(feature) || !isGatedFeature(feature)) continue;
    for (const name of namesOf(feature)) {
      if (parent.commands.some((command) => command.name() === name || command.aliases().includes(name))) continue;
      const command = parent.createCommand(name);
      parent.addCommand(command);
      gateCommand(command, { gates: features.gates, gate: feature.featureGate.name, hint });
    }
  }
  return parent;
}

function defaultNames(feature: object): readonly string[] {
  const name = commandOf(feature);
  if (name === undefined) throw new FlagError('INVALID_ARGUMENT', 'a feature without a name needs namesOf');
  return [name];
}
