export type { ChoiceGates, Choices } from '../feature/choices.ts';
export { type ArgChoices, type ArgsGating, type OpenArgs, openArgs } from './gating.ts';
export { type OptionNames, parseGatedArgs } from './parse.ts';
