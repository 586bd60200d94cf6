export { type GateFileOptions, readGateFile } from './gate-file.ts';
export { type GateTextFormat, type GateTextOptions, parseGateText } from './gate-text.ts';
export { type GateFile, type LoadedGates, type LoadOptions, loadGates } from './load.ts';
export type { GateShape } from './shapes.ts';
