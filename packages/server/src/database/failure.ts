import { FlagError } from '@flagwright/core';
import { postgresFailure, wasAnswered } from '@flagwright/sources/postgres';

/**
 * Classes of SQLSTATE, and single ones, that tell of the state of the database, and not of a mistake in a statement:
 * appendix A of PostgreSQL's manual.
 */
const OF_THE_DATABASE = /^(?:25|28|40|42501|53|55|57|58|F0|XX)/;

/** What a statement threw: a `FlagError` where the database is to blame, else as it is. */
export function thrownBy(thrown: unknown): unknown {
  if (thrown instanceof FlagError) return thrown;
  if (wasAnswered(thrown) && !OF_THE_DATABASE.test(String((thrown as { readonly code?: unknown }).code))) return thrown;
  return postgresFailure(thrown);
}
