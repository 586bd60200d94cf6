import { type RedisSentinel, startSentinel, until } from '@flagwright/test-servers';
import type { Backend } from './backend.ts';
import type { Fault } from './fault.ts';
import { asking, definitionsOf, ENTRIES } from './redis.ts';

export interface SentinelBackend extends Backend {
  readonly sentinel: RedisSentinel;
}

/** A Redis with a replica and sentinels; all stores are given clients that ask the sentinels. */
export async function startSentinelBackend(): Promise<SentinelBackend> {
  const sentinel = await startSentinel({ sentinels: 3 });
  const { name } = sentinel;
  const sentinels = [...sentinel.sentinels];
  /** The master that a sentinel names, if it is one and answers. */
  const master = async (): Promise<string> => {
    const { host, port } = sentinels[0]!;
    const address = await asking(`redis://${host}:${port}`, 300, (client) =>
      client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name),
    );
    const url = `redis://${(address as readonly string[]).join(':')}`;
    const [role] = (await asking(url, 300, (client) => client.call('ROLE'))) as readonly string[];
    if (role !== 'master') throw new Error(`${url} is a ${role}`);
    return url;
  };
  return {
    name: 'sentinel',
    sentinel,
    spec: (id) => ({ kind: 'sentinel', id, sentinels, name }),
    content: async () => asking(await master(), 5_000, async (client) => definitionsOf(await client.hgetall(ENTRIES))),
    answers: () => master().then(Boolean, () => false),
    silence: () => sentinel.master().pause(),
    speak: () => sentinel.master().resume(),
    close: () => sentinel.stop(),
  };
}

/** The master is gone for good when its replica has all that was acknowledged; the sentinels find out. */
export function failover({ sentinel }: SentinelBackend): Fault {
  return {
    symptom: 'break',
    away: [1_600, 1_900],
    calm: true,
    async prepare() {
      const replica = sentinel.replica();
      if (!(await asking(replica.url, 300, (client) => client.ping()).catch(() => false))) await replica.start();
      await until('the replica has all of the master', async () => {
        return /role:slave[\s\S]*master_link_status:up/.test(await replica.cli('INFO', 'replication'));
      });
    },
    async strike() {
      const copies = await asking(sentinel.master().url, 5_000, async (client) => {
        // what is waited for is what this connection has written, and all before it
        await client.set('last', 'write');
        return client.wait(1, 4_000);
      });
      if (copies !== 1) throw new Error('the replica did not thank for all of the writes');
      await sentinel.master().kill();
    },
    mend: () => sentinel.failover(),
  };
}
