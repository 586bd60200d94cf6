import type { ResolverEvents } from '@flagwright/core';
import { expect } from 'vitest';
import { eventually } from './waits.ts';

/** An event that a resolver told. */
export interface Heard {
  readonly type: keyof ResolverEvents;
  /** Of `changed`. */
  readonly flagsChanged?: readonly string[];
  /** Of `changed`, if it had one. */
  readonly message?: string;
  /** Of `stale` and `error`. */
  readonly cause?: unknown;
}

/** Listens to a resolver, and keeps what it heard. */
export interface Recorder {
  readonly events: ResolverEvents;
  readonly heard: readonly Heard[];
  /** The types of what was heard, in order, without changes. */
  readonly course: readonly Heard['type'][];
  /** Resolves once the `n`th event of a type was heard, which it gives; rejects after `ms`. */
  nth(n: number, type: Heard['type'], ms: number): Promise<Heard>;
  /** Forgets what it heard: changes may be told more often than needed. */
  forget(): void;
  /** Resolves once a change of the flag was heard; rejects after `ms`. */
  changeOf(key: string, ms: number): Promise<void>;
}

/** A recorder that has heard nothing yet. `onEvent` is called at once, within the event. */
export function recorder(onEvent: (event: Heard) => void = () => undefined): Recorder {
  const heard: Heard[] = [];
  const hear = (event: Heard): void => {
    heard.push(event);
    onEvent(event);
  };
  return {
    events: {
      ready: () => hear({ type: 'ready' }),
      changed(flagsChanged, message) {
        const told = { type: 'changed', flagsChanged: [...flagsChanged] } as const;
        hear(message === undefined ? told : { ...told, message });
      },
      stale: (cause) => hear({ type: 'stale', cause }),
      error: (cause) => hear({ type: 'error', cause }),
    },
    heard,
    get course() {
      return heard.map(({ type }) => type).filter((type) => type !== 'changed');
    },
    forget() {
      heard.length = 0;
    },
    nth: (n, type, ms) =>
      eventually(ms, () => {
        const event = heard.filter((one) => one.type === type)[n - 1];
        if (event === undefined) throw new Error(`not told ${type} (${n}) within ${ms} ms, but ${said(heard)}`);
        return event;
      }),
    changeOf: (key, ms) =>
      eventually(ms, () => {
        expect(changes({ heard }), `flags told within ${ms} ms`).toContain(key);
      }),
  };
}

/** The keys of all changes that were heard. */
export function changes({ heard }: Pick<Recorder, 'heard'>): readonly string[] {
  return heard.flatMap(({ flagsChanged = [] }) => flagsChanged);
}

function said(heard: readonly Heard[]): string {
  return heard.map(({ type }) => type).join(', ') || 'nothing';
}
