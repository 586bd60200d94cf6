/** Shorter words are not looked for: they may be parts of others. */
const SHORTEST = 6;

/**
 * Takes out of a text, in letters of either case, whatever was sent as the value of a header or a query parameter, as
 * it is or as the address has it: for what a server says.
 */
export function secretsOf(headers: Readonly<Record<string, string>>, url: URL): (text: string) => string {
  const asSent = url.search.slice(1).split(/[&=]/);
  const words = [...Object.values(headers), ...url.searchParams.values(), ...asSent]
    .flatMap((value) => [value, ...value.split(/[\s,;]+/)])
    .filter((word) => word.length >= SHORTEST)
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  if (words.length === 0) return (text) => text;
  const any = new RegExp(words.join('|'), 'gi');
  return (text) => text.replace(any, '[hidden]');
}

const MOST_SHOWN = 500;

/**
 * A text that a server made as we show it: not long, and without characters that could move the cursor of a terminal.
 * It is cut last, for half a secret is not found.
 */
export function shown(text: string, hide: (text: string) => string): string {
  return hide(text)
    .slice(0, MOST_SHOWN)
    .replace(/\p{Cc}+/gu, ' ');
}
