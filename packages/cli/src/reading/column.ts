import type { Style } from '../output/style.ts';
import type { Cell, Header } from '../output/table.ts';
import type { Item } from './item.ts';

/** A column of a table of resources. */
export interface Column extends Header {
  cell(item: Item): Cell;
}

/** How resources are shown as rows. */
export interface Showing {
  readonly wide: boolean;
  readonly style: Style;
  /** In ms since the epoch. */
  readonly now: number;
}
