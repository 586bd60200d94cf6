export type { ChoiceGates } from '../feature/choices.ts';
export { type ChoicesGating, gateChoices } from './choices.ts';
export { type CommandGating, gateCommand } from './command.ts';
export { addFeatures, type FeatureCommands } from './features.ts';
export { onlyWith } from './only-with.ts';
export { gateOption } from './option.ts';
export type { ChoiceTaker, CommandLike, Gating, OptionLike, ParsedOptions } from './types.ts';
