export { compileLogic, type LogicOptions } from './compile-logic.ts';
export type { Expression, LogicEnv } from './env.ts';
export { OPERATORS } from './operators.ts';
export { parseLogic } from './parse.ts';
export { compileExpression, compileTargeting } from './targeting.ts';
