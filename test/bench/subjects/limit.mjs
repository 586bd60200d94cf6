const table = (flags) =>
  new Map(flags.map((flag) => [flag.key, { ...flag, value: flag.on !== false, set: new Set(flag.ids) }]));

/** MurmurHash3 x86 32-bit, seed 0, of a one-byte string; as plain as it gets. */
export function murmur3(text) {
  const length = text.length;
  let h = 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    let k =
      text.charCodeAt(i) |
      (text.charCodeAt(i + 1) << 8) |
      (text.charCodeAt(i + 2) << 16) |
      (text.charCodeAt(i + 3) << 24);
    k = Math.imul(k, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let shift = 0; i < length; i++, shift += 8) tail |= text.charCodeAt(i) << shift;
  if (tail !== 0) {
    tail = Math.imul(tail, 0xcc9e2d51);
    tail = (tail << 15) | (tail >>> 17);
    h ^= Math.imul(tail, 0x1b873593);
  }
  h ^= length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const limit = (bool) => ({
  limit: true,

  takes: 'object',
  input: (flags) => flags,
  context: (user) => user.id,
  open(flags) {
    const map = table(flags);
    return {
      bool: bool(map),
      all: () => new Map(map),
      countOn: () => undefined,
    };
  },
});

export const nothing = limit(() => (_key, id) => id !== '');
export const mapGet = limit((map) => (key) => map.get(key).value);
export const mapGetMurmur = limit((map) => (key, id) => murmur3(id) % 100 < map.get(key).percent);
export const mapGetSet = limit((map) => (key, id) => map.get(key).set.has(id));
export const mapCopy = limit(() => () => true);
