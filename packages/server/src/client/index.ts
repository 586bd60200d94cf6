export type { ProblemCode } from '../http/problem.ts';
