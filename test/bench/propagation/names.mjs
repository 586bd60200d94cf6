/** The backends as the tables print them. */
export const BACKENDS = { postgres: 'PostgreSQL', redis: 'Redis', http: 'HTTP' };
