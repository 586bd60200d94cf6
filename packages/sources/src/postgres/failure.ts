import { FlagError, type FlagErrorCode } from '@flagwright/core';
import { RAISED } from './schema.ts';

/** What PostgreSQL and its driver report; none of it holds the connection string. */
interface Reported {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly hint?: unknown;
}

const RUN_MIGRATE = 'Hint: run migrate(), or the SQL of schemaSql()';

/** SQLSTATEs, or their first two characters, by what they mean here: PostgreSQL's manual, appendix A. */
const BY_STATE: Readonly<Record<string, readonly [FlagErrorCode, string]>> = {
  [RAISED.managed]: ['MANAGED', 'the set is managed: only its manager writes it. Hint: change it where it is managed'],
  [RAISED.truncate]: ['INVALID_ARGUMENT', 'flags cannot be truncated'],
  [RAISED.newer]: [
    'UNSUPPORTED',
    'the schema of flags is of another version. Hint: run migrate(), or upgrade @flagwright/sources',
  ],
  [RAISED.parts]: ['UNSUPPORTED', 'a table of parts cannot hold flags'],
  '23': ['INVALID_ARGUMENT', 'PostgreSQL refuses that'],
  P0001: ['INVALID_ARGUMENT', 'PostgreSQL refuses that'],
  '28': ['UNAUTHORIZED', 'PostgreSQL refused the credentials'],
  '42501': ['UNAUTHORIZED', 'the role lacks a privilege'],
  '3D000': ['NOT_FOUND', 'the database does not exist'],
  '3F000': ['NOT_FOUND', 'the schema does not exist'],
  '42P01': ['NOT_FOUND', `the tables of flags do not exist. ${RUN_MIGRATE}`],
  '42703': ['UNSUPPORTED', `the table is of another shape. Hint: choose another \`table\``],
  '42883': ['UNSUPPORTED', `the table is of another shape, or of an older version. ${RUN_MIGRATE}`],
  '42P13': ['UNSUPPORTED', 'a function of that name was not made for flags. Hint: choose another `table`'],
  '42804': ['UNSUPPORTED', 'the table is of another shape. Hint: choose another `table`'],
  '22P02': ['INVALID_ARGUMENT', 'PostgreSQL cannot store that'],
  '22P05': ['INVALID_ARGUMENT', 'PostgreSQL cannot store one of the characters'],
  '22021': ['INVALID_ARGUMENT', 'PostgreSQL cannot store one of the characters'],
  '54': ['TOO_LARGE', 'PostgreSQL cannot store what is that large'],
  '55P03': ['UNAVAILABLE', 'another transaction holds the lock of the flags'],
  '25006': ['UNAVAILABLE', 'the server takes no writes now. Hint: connect to the primary'],
};

/** An error of the driver as ours, without anything secret. What is not known is `UNAVAILABLE`, for it may go away. */
export function failureOf(thrown: unknown): FlagError {
  if (thrown instanceof FlagError) return thrown;
  const { code, message, hint } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Reported;
  const state = isSqlState(code) ? code : '';
  const known = BY_STATE[state] ?? BY_STATE[state.slice(0, 2)];
  if (known !== undefined) {
    const said = `${typeof message === 'string' ? message : ''}${typeof hint === 'string' ? `; ${hint}` : ''}`;
    return new FlagError(known[0], `${known[1]} (${state}: ${said})`);
  }
  if (state !== '') return new FlagError('UNAVAILABLE', `PostgreSQL answered ${state}: ${String(message)}`);
  // of the system (ECONNREFUSED) or of TLS: its message may name the host, its code cannot
  if (typeof code === 'string') return new FlagError('UNAVAILABLE', `PostgreSQL cannot be reached: ${code}`);
  // a password that is missing or cannot be used is found out by the driver
  if (String(message).startsWith('SASL')) return new FlagError('UNAUTHORIZED', `PostgreSQL refused the credentials`);
  return new FlagError('UNAVAILABLE', `the connection to PostgreSQL was lost or refused: ${String(message)}`);
}

/**
 * Whether the server itself refused the statement: its transaction had no effect then, and the connection is as good as
 * before. A connection that is ended (57P01 and its kin, and what else is fatal) says nothing of that; nor do poolers,
 * which have errors of class 08 of their own for a server they lost.
 */
export function wasAnswered(thrown: unknown): boolean {
  const { code, severity } = (thrown ?? {}) as Reported & { readonly severity?: unknown };
  return isSqlState(code) && !/^(?:08|57P0)/.test(code) && severity !== 'FATAL' && severity !== 'PANIC';
}

/** Whether a statement that was refused may go well the next time: it met another transaction (40001, 40P01). */
export function isTransient(thrown: unknown): boolean {
  const code = (thrown as Reported | null)?.code;
  return code === '40001' || code === '40P01';
}

function isSqlState(code: unknown): code is string {
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E');
}
