export { type FormatOptions, formatGates, GATE_OUTPUTS, type GateOutput } from './format.ts';
export { gateHelp } from './help.ts';
export { type GateRow, gateRows, type RowOptions } from './rows.ts';
