/** Who serves, as the tables print it. */
export const SERVERS = {
  'bare-http': 'limit: node:http, the same bytes',
  embedded: 'server, embedded',
  'server-postgres': 'server, PostgreSQL',
  'two-servers': 'two servers, one PostgreSQL',
};

/** What the servers keep their flags in, one server each. */
export const ENGINES = ['embedded', 'server-postgres'];
