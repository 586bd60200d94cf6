import type { Expectation } from './expectation.ts';

/** A file of tests as it is written. */
export interface Written extends Omit<WrittenTest, 'name' | 'flag'> {
  readonly files?: string | readonly string[];
  readonly defaults?: { readonly context?: Readonly<Record<string, unknown>> };
  readonly tests: readonly WrittenTest[];
}

/** A test as it is written. */
export interface WrittenTest {
  readonly name?: string;
  readonly flag: string;
  readonly project?: string;
  readonly stage?: string;
  readonly at?: string;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly expect?: WrittenExpectation;
  readonly table?: readonly WrittenRow[];
  readonly share?: {
    readonly contexts?: number;
    readonly vary?: string;
    readonly expect: Readonly<Record<string, string | number>>;
    readonly within?: string | number;
  };
}

/** What is expected, in short or in full. */
export type WrittenExpectation = string | number | boolean | Expectation;

/** A row of a table, in short or in full. */
export type WrittenRow =
  | readonly [context: Readonly<Record<string, unknown>>, expect: WrittenExpectation]
  | {
      readonly name?: string;
      readonly context?: Readonly<Record<string, unknown>>;
      readonly expect: WrittenExpectation;
    };

/** Whether a row is written in short. */
export const isPair = (row: WrittenRow): row is Extract<WrittenRow, readonly unknown[]> => Array.isArray(row);

/** A share from 0 to 1, of what is written as a percentage. */
export const shareOf = (written: string | number): number =>
  (typeof written === 'number' ? written : Number.parseFloat(written)) / 100;

/** `12.5%`, from a share of 1. */
export const percent = (share: number): string => `${Number((share * 100).toFixed(2))}%`;
