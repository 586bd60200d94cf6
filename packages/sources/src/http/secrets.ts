/** Shorter words are not looked for: they may be parts of others. */
const SHORTEST = 6;

/** Takes out of a text whatever was sent as the value of a header or a query parameter, for messages that a server made. */
export function secretsOf(headers: Readonly<Record<string, string>>, { searchParams }: URL): (text: string) => string {
  const words = [...Object.values(headers), ...searchParams.values()]
    .flatMap((value) => [value, ...value.split(/[\s,;]+/)])
    .filter((word) => word.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  return (text) => words.reduce((rest, word) => rest.replaceAll(word, '[hidden]'), text);
}

const MOST_SHOWN = 500;

/** A text that a server made as we show it: not long, and without characters that could move the cursor of a terminal. */
export function shown(text: string, hide: (text: string) => string): string {
  return hide(text.slice(0, MOST_SHOWN)).replace(/\p{Cc}+/gu, ' ');
}
