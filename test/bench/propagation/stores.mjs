/**
 * A store by where it is: `{ kind, url, stage }`, which can be sent to another process. The built packages are loaded
 * when asked for, so that the rest of the benchmark runs on a tree that is not built yet.
 */
export async function openStore({ kind, url, token, stage = 'default' }) {
  switch (kind) {
    // of a control plane, whose flags are changed by its API
    case 'control-plane':
      return (await import('@flagwright/sources/http')).httpSource({ url, token });
    case 'postgres':
      return (await import('@flagwright/sources/postgres')).postgresStore({ connectionString: url, stage });
    case 'redis':
      return (await import('@flagwright/sources/redis')).redisStore({ url, stage });
    case 'http':
      return (await import('@flagwright/sources/http')).httpStore({ url: `${url}/${stage}` });
  }
}

/** A store that counts the entries it is sent in `counts.rows`; its connections are as those of `openStore`. */
export async function openCounted({ kind, url, stage = 'default' }, counts) {
  switch (kind) {
    case 'postgres': {
      const { Pool } = (await import('pg')).default;
      const pool = new Pool({ connectionString: url, max: 5 });
      pool.on('connect', (client) => {
        const { query } = client;
        client.query = async (...args) => {
          const result = await query.apply(client, args);
          // kind, key, definition; the row with neither kind nor key is about the set
          counts.rows += result.rows.filter((row) => row.length === 3 && row[0] !== null).length;
          return result;
        };
      });
      return (await import('@flagwright/sources/postgres')).postgresStore({ pool, stage });
    }
    case 'redis': {
      const { Redis } = await import('ioredis');
      const client = new Redis(url);
      const { call } = client;
      client.call = async (...args) => {
        const reply = await call.apply(client, args);
        // two words, then field and text in turn
        if (Array.isArray(reply) && reply[0] === 'changes') counts.rows += (reply.length - 2) / 2;
        return reply;
      };
      return (await import('@flagwright/sources/redis')).redisStore({ client, stage });
    }
    case 'http': {
      const source = await openStore({ kind, url, stage });
      return {
        ...source,
        async read(previous, signal) {
          const set = await source.read(previous, signal);
          if (set.revision !== previous?.revision) counts.rows += Object.keys(set.document.flags).length;
          return set;
        },
      };
    }
  }
}
