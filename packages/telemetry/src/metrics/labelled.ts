/** A longer text is no label. */
export const LONGEST_LABEL = 200;

/** What goes by labels: never more of it than there is room for, whatever texts are brought. */
export interface Labelled<T> {
  /** What goes by this text; undefined if it was not met yet. */
  find(text: string): T | undefined;
  /** What goes by this text, made if there is room; else, and for what is no text or too long, what the rest shares. */
  get(text: unknown): T;
  /** What goes by a label of our own, for which there is always room. */
  named(label: string): T;
  /** Everything there is, in the order in which it was met. */
  all(): Iterable<T>;
}

/** An empty table with room for `most` texts; those beyond share what goes by the label `rest`. */
export function labelled<T>(most: number, rest: string, make: (label: string) => T): Labelled<T> {
  const byText = new Map<unknown, T>();
  // two texts may have one label; two series with the same labels would make a scrape fail
  const byLabel = new Map<string, T>();

  function named(label: string): T {
    let one = byLabel.get(label);
    if (one === undefined) {
      one = make(label);
      byLabel.set(label, one);
    }
    return one;
  }

  return {
    find: (text) => byText.get(text),
    get(text) {
      const met = byText.get(text);
      if (met !== undefined) return met;
      if (typeof text !== 'string' || text.length > LONGEST_LABEL || byText.size >= most) return named(rest);
      const one = named(cleaned(text));
      byText.set(detached(text), one);
      return one;
    },
    named,
    all: () => byLabel.values(),
  };
}

/** What readers of the text format stumble over: control characters, of which NUL ends a scrape, and half characters. */
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029]/gu;

/** A text as a label that readers of the text format take. */
export function cleaned(text: string): string {
  return text.replace(UNSAFE, '\ufffd');
}

/** The same text by itself: what was cut out of a long one would keep all of it in memory. */
function detached(text: string): string {
  return Object.keys({ [text]: 0 })[0]!;
}
