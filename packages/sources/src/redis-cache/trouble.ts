import { FlagError } from '@flagwright/core';

/** Tells in process warnings what keeps a copy from being kept, each cause once. */
export interface Trouble {
  /** Redis refused what was asked of it. That it is away is no news: its readers see that, and go on. */
  refused(what: string, thrown: unknown): void;
  /** Something else that somebody should know. */
  told(what: string): void;
}

/** No trouble yet with the copy that messages name like this. */
export function troubleOf(title: string): Trouble {
  const told = new Set<string>();
  const tell = (what: string): void => {
    if (told.has(what)) return;
    told.add(what);
    process.emitWarning(`${title} ${what}`, 'FlagwrightWarning');
  };
  return {
    refused(what, thrown) {
      const { code, message, cause } = FlagError.from(thrown);
      const answered = cause instanceof Error && cause.name === 'ReplyError';
      if (code === 'NOT_READY' || (code === 'UNAVAILABLE' && !answered)) return;
      tell(`${what}, so each process asks its origin itself: ${message}`);
    },
    told: tell,
  };
}
