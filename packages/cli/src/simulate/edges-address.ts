/** The bits of an address, and how many there are. */
interface Address {
  readonly bits: bigint;
  readonly length: 32 | 128;
}

/** The first and the last address of a block, and those next to it outside; none of what is no block. */
export function addressEdges(block: string): readonly string[] {
  const [text = '', prefix, ...more] = block.split('/');
  const address = text.length > 45 || more.length > 0 ? undefined : addressOf(text);
  if (address === undefined) return [];
  const { bits, length } = address;
  const kept = prefix === undefined ? length : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (!(kept <= length)) return [];
  const within = (1n << BigInt(length - kept)) - 1n;
  const first = bits - (bits & within);
  const last = first + within;
  return [...new Set([first, last, first - 1n, last + 1n])]
    .filter((near) => near >= 0n && near < 1n << BigInt(length))
    .map((near) => textOf(near, length));
}

function addressOf(text: string): Address | undefined {
  if (!text.includes(':')) {
    const bits = numberOf(text.split('.'), 4, /^\d{1,3}$/, 10);
    return bits === undefined ? undefined : { bits, length: 32 };
  }
  // the last 32 bits may be written as of IPv4
  const at = text.lastIndexOf(':') + 1;
  const four = text.includes('.') ? addressOf(text.slice(at)) : undefined;
  const whole =
    four === undefined
      ? text
      : `${text.slice(0, at)}${(four.bits >> 16n).toString(16)}:${(four.bits & 0xffffn).toString(16)}`;
  const [head = '', rest, ...more] = whole.split('::');
  if (more.length > 0) return undefined;
  const groups = (part: string): readonly string[] => (part === '' ? [] : part.split(':'));
  const [front, back] = [groups(head), groups(rest ?? '')];
  const zeros = rest === undefined ? 0 : 8 - front.length - back.length;
  if (zeros < 0) return undefined;
  const bits = numberOf([...front, ...Array<string>(zeros).fill('0'), ...back], 8, /^[\da-fA-F]{1,4}$/, 16);
  return bits === undefined ? undefined : { bits, length: 128 };
}

function numberOf(groups: readonly string[], count: 4 | 8, form: RegExp, radix: 10 | 16): bigint | undefined {
  const most = count === 4 ? 255 : 0xffff;
  if (groups.length !== count) return undefined;
  let bits = 0n;
  for (const group of groups) {
    const number = form.test(group) ? Number.parseInt(group, radix) : Number.NaN;
    if (!(number <= most)) return undefined;
    bits = bits * BigInt(most + 1) + BigInt(number);
  }
  return bits;
}

function textOf(bits: bigint, length: 32 | 128): string {
  const size = length === 32 ? 8n : 16n;
  const groups: string[] = [];
  for (let left = BigInt(length) - size; left >= 0n; left -= size) {
    groups.push(((bits >> left) & ((1n << size) - 1n)).toString(length === 32 ? 10 : 16));
  }
  return groups.join(length === 32 ? '.' : ':');
}
