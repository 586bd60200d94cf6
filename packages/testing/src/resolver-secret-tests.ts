import type { EvaluationContext, ResolvedType } from '@flagwright/core';
import { expect } from 'vitest';
import { need } from './fixture.ts';
import { actsOf } from './resolver-acts.ts';
import { CONTRACT_FLAGS, type ResolverFixture, type ResolverTestOptions } from './resolver-fixture.ts';
import { type Heard, recorder } from './resolver-recorder.ts';
import { ask, oddContexts, TYPES, thrownBy } from './resolver-samples.ts';
import type { Tests } from './suite.ts';
import { pause } from './waits.ts';

const KEYS = [...Object.keys(CONTRACT_FLAGS), 'contract-off', 'contract-missing'];

/** The test of what nobody may be told, by name. */
export function secretTests(options: ResolverTestOptions): Tests<ResolverFixture> {
  const { open, eventWithin = 5_000 } = options;
  const { start, stop } = actsOf(options);

  /** From before the start to after the stop, with all that may go wrong between: what was said. */
  async function life(fixture: ResolverFixture): Promise<readonly unknown[]> {
    const { resolver, breakIt, mend, change } = fixture;
    const said: unknown[] = [];
    const events = recorder();
    const listen = async (): Promise<void> => void said.push(...(await sayings(fixture)));
    await listen();
    await breakIt?.();
    said.push(messageOf(await thrownBy(() => start(fixture, events))));
    await listen();
    await mend?.();
    const startedLate = breakIt !== undefined && mend !== undefined && resolver.start !== undefined;
    if (startedLate) {
      await events.nth(1, 'ready', eventWithin);
      await listen();
    }
    if (change !== undefined && (startedLate || breakIt === undefined)) {
      await change();
      await events.changeOf('contract-changing', eventWithin);
    }
    if (startedLate) {
      await breakIt();
      await events.nth(1, 'stale', eventWithin);
      await listen();
    }
    said.push(messageOf(await thrownBy(() => stop(fixture))));
    await listen();
    return [...said, ...events.heard.flatMap(toldBy)];
  }

  return {
    'says no secret, whatever goes wrong': async (fixture, context) => {
      const { secrets, hang, resolver } = fixture;
      need(context, secrets, 'secrets');
      const said: unknown[] = [];
      const warned = (warning: Error): void => void said.push(warning.message);
      process.on('warning', warned);
      try {
        said.push(...(await life(fixture)));
        if (hang !== undefined && resolver.start !== undefined) said.push(...(await hung()));
        // warnings come on a later turn
        await pause(1);
      } finally {
        process.off('warning', warned);
      }
      for (const text of said) {
        for (const secret of secrets) expect(String(text)).not.toContain(secret);
      }
    },
  };

  /** What is said of a backend that hangs. */
  async function hung(): Promise<readonly unknown[]> {
    const fixture = await open();
    try {
      await fixture.hang?.();
      const events = recorder();
      const thrown = await thrownBy(() => start(fixture, events));
      return [messageOf(thrown), ...(await sayings(fixture)), ...events.heard.flatMap(toldBy)];
    } finally {
      await fixture.close();
    }
  }
}

/** What a resolver says now: its name, and the messages of its errors. */
async function sayings({ resolver }: ResolverFixture): Promise<readonly unknown[]> {
  const said: unknown[] = [resolver.name];
  const { lastError, hintError } = resolver.health?.() ?? {};
  said.push(messageOf(lastError), messageOf(hintError));
  const listen = async (type: ResolvedType, key: string, context?: EvaluationContext): Promise<void> => {
    said.push((await ask(resolver, type, key, context && { context })).errorMessage);
  };
  for (const type of TYPES) for (const key of KEYS) await listen(type, key);
  for (const context of Object.values(oddContexts())) {
    await listen('boolean', 'contract-true', context);
    said.push(messageOf(await thrownBy(() => resolver.all?.(context))));
  }
  return said;
}

function toldBy({ message, cause }: Heard): readonly unknown[] {
  return [message, messageOf(cause)];
}

function messageOf(thrown: unknown): unknown {
  return thrown instanceof Error ? thrown.message : thrown;
}
