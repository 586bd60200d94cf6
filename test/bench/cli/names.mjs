/** Who is measured, as the tables print it. */
export const COMMANDS = { flagctl: 'flagctl', node: 'limit: node -e 0' };
