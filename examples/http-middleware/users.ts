/** The users of the shop, by the tokens they sign in with. */
const USERS: ReadonlyMap<string, { readonly id: string; readonly plan: string }> = new Map([
  ['token-of-alice', { id: 'alice', plan: 'pro' }],
  ['token-of-bob', { id: 'bob', plan: 'free' }],
]);

/** Who a token belongs to, as a database would tell; undefined if it belongs to nobody. */
export async function userOf(token: string | undefined): Promise<{ id: string; plan: string } | undefined> {
  return USERS.get(token?.replace(/^Bearer /, '') ?? '');
}
