import { preview } from '@flagwright/core';
import { Problem } from '../http/problem.ts';

const DEFAULT_SIZE = 100;
const MAX_SIZE = 1_000;
/** So that every offset is a whole number of JavaScript, and one of PostgreSQL's. */
const MAX_PAGE = Math.floor(Number.MAX_SAFE_INTEGER / MAX_SIZE);

/** A part of a list. */
export interface Page {
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
  /** How many rows at most. */
  readonly limit: number;
  /** How many rows come before. */
  readonly offset: number;
}

/**
 * Which part of a list is asked for; by default the first 100. A page past the end is an empty list and no error. Throws
 * `Problem('INVALID_ARGUMENT')` if `page` is not from 1, or `pageSize` not from 1 to 1,000.
 */
export function pageOf(query: { readonly page?: number | undefined; readonly pageSize?: number | undefined }): Page {
  const page = checked('page', query.page ?? 1, MAX_PAGE, 'the first page is 1');
  const limit = checked('pageSize', query.pageSize ?? DEFAULT_SIZE, MAX_SIZE, 'ask for several pages');
  return { page, pageSize: limit, limit, offset: (page - 1) * limit };
}

function checked(parameter: string, value: number, most: number, hint: string): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  const message = `${parameter} is ${preview(value)}; expected a whole number from 1 to ${most}`;
  throw new Problem('INVALID_ARGUMENT', message, { hint, members: { parameter } });
}
