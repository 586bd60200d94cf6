/**
 * Asks `enabled` many times, as a program does that asks at one place. Imported once for each side, by another query: two
 * that share a loop share what the engine learns of it.
 */
export function loopsOf(enabled, constant, names) {
  const last = names.length - 1;
  let i = 0;
  return {
    'one name': (calls) => {
      let on = 0;
      for (let n = 0; n < calls; n++) if (enabled(constant)) on++;
      return on;
    },
    'thirty names in turn': (calls) => {
      let on = 0;
      for (let n = 0; n < calls; n++) {
        i = i === last ? 0 : i + 1;
        if (enabled(names[i])) on++;
      }
      return on;
    },
  };
}
