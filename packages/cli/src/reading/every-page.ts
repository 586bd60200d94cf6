import { type Found, type Item, keyOf, type List } from './item.ts';
import { LARGEST_PAGE } from './options.ts';

/** What changes between two pages moves others from one to the other; then all is read again, so often. */
const ATTEMPTS = 3;

/** All of a list, each once, page by page; `pageSize` of what is found is how many there are. */
export async function everyPage(
  read: (page: { readonly page: number; readonly pageSize: number }) => Promise<List>,
): Promise<Found> {
  for (let attempt = 1; ; attempt++) {
    const found = new Map<string, Item>();
    let seen = 0;
    for (let page = 1; ; page++) {
      const { apiVersion, items, totalCount } = await read({ page, pageSize: LARGEST_PAGE });
      seen += items.length;
      for (const item of items) found.set(keyOf(item), item);
      if (items.length === LARGEST_PAGE) continue;
      if (attempt < ATTEMPTS && (seen !== totalCount || seen !== found.size)) break;
      const all = [...found.values()];
      return { apiVersion, single: false, items: all, totalCount: all.length, page: 1, pageSize: all.length };
    }
  }
}
