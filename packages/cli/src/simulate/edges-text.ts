/** So many versions of a range, or words of a text, are looked at. */
const MOST = 8;

const VERSION = /(\d+)(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(-[\dA-Za-z][\dA-Za-z.-]*)?/g;

/** The versions that a range names, those next to them, pre-releases of them, and others below and above. */
export function versionEdges(range: string): readonly string[] {
  const named = [...range.slice(0, 1_000).matchAll(VERSION)].slice(0, MOST);
  const lists = named.map(([, ...parts]) => {
    const [major, minor, patch] = parts.slice(0, 3).map((part) => (/^\d+$/.test(part ?? '') ? Number(part) : 0)) as [
      number,
      number,
      number,
    ];
    const [plain, release] = [`${major}.${minor}.${patch}`, parts[3] ?? ''];
    const below =
      patch > 0
        ? `${major}.${minor}.${patch - 1}`
        : minor > 0
          ? `${major}.${minor - 1}.99`
          : major > 0
            ? `${major - 1}.99.99`
            : '0.0.0';
    return [
      plain + release,
      `${major}.${minor}.${patch + 1}`,
      below,
      `${plain}-0`,
      ...(release === '' ? [`${plain}-rc.1`] : [plain, `${plain + release}.0`]),
      `${major + 1}.0.0`,
      `${major + 1}.0.0-0`,
      `${major}.${minor + 1}.0`,
      '0.0.1',
      // above as a version, and below as a text
      `${major + 10}.0.0`,
    ];
  });
  return [...new Set(inTurns(lists))];
}

/** The first of all lists, then the second of all, and so on. */
export function* inTurns<Value>(lists: readonly (readonly Value[])[]): Generator<Value> {
  const longest = lists.reduce((most, { length }) => Math.max(most, length), 0);
  for (let i = 0; i < longest; i++) for (const list of lists) if (i < list.length) yield list[i]!;
}

/** A text, and those next to it in their order. */
export const orderEdges = (text: string): readonly string[] => [text, `${text}0`, text.slice(0, -1)];

/** A text with something before it, after it, both and neither, and in other letters. */
export function partEdges(operator: 'contains' | 'startsWith' | 'endsWith', text: string): readonly string[] {
  const [before, after, other] = [`user${text}`, `${text}x`, otherCase(text)];
  switch (operator) {
    case 'contains':
      return [text, `x${text}x`, ...other, before, after];
    case 'startsWith':
      return [after, text, before, ...other.map((one) => `${one}x`)];
    case 'endsWith':
      return [before, text, after, ...other.map((one) => `user${one}`)];
  }
}

function otherCase(text: string): readonly string[] {
  const upper = text.toUpperCase();
  const other = upper === text ? text.toLowerCase() : upper;
  return other === text ? [] : [other];
}

/** Texts that are a part of a text that is written out, and one that is more than it. */
export const withinEdges = (text: string): readonly string[] => [
  text,
  ...text
    .slice(0, 1_000)
    .split(/[\s,;|]+/)
    .slice(0, MOST),
  `${text}x`,
];

/** Texts that a simple regular expression finds, with something around them; none of one that is not simple. */
export function expressionEdges(expression: string): readonly string[] {
  const bare = expression.replace(/^\(\?i\)/, '').replace(/^\^|\$$/g, '');
  const choices = (/^\((?:\?:)?([^()]*)\)$/.exec(bare)?.[1] ?? bare).split('|').slice(0, MOST);
  const found = choices.flatMap((choice) => {
    const text = choice.replaceAll(/\.[*+]/g, 'x');
    return /[\\^$*+?()[\]{}]/.test(text.replace(ESCAPED, '')) ? [] : [text.replace(ESCAPED, '$1')];
  });
  return [...found, ...found.flatMap((text) => [`x${text}`, `${text}x`, ...otherCase(text)])];
}

const ESCAPED = /\\([.\-/@_])/g;

/** A word in which none of some texts is found, and that is none of them. */
export function wordBeside(texts: Iterable<string>): string {
  const taken = [...texts].filter((text) => text !== '');
  const isFree = (word: string): boolean => !taken.some((text) => word.includes(text));
  const words = ['other', 'xyz', 'unknown', '12', '-'];
  const word = words.find(isFree);
  if (word !== undefined) return word;
  for (let code = 0x4e00; ; code++) {
    // each text takes away one of them at most
    const character = String.fromCodePoint(code);
    if (isFree(character)) return character;
  }
}
