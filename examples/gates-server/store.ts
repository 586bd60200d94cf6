/** Something that has happened in the server. */
export interface Event {
  readonly at: number;
  readonly note: string;
}

/** What the server keeps in its memory. */
export interface Store {
  events(): readonly Event[];
  record(note: string, at?: number): void;
  /** Forgets the events before a time, in milliseconds; how many. */
  expire(before: number): number;
}

export function memoryStore(): Store {
  let events: readonly Event[] = [];
  return {
    events: () => events,
    record(note, at = Date.now()) {
      events = [...events, { at, note }];
    },
    expire(before) {
      const kept = events.filter(({ at }) => at >= before);
      const gone = events.length - kept.length;
      events = kept;
      return gone;
    },
  };
}
