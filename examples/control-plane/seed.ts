import type { ControlPlane } from '@flagwright/server/client';

/** Makes what a team has before the first flag is of use: a project, a protected stage, an attribute, and the flag. */
export async function seed(admin: ControlPlane): Promise<void> {
  await admin.projects.create({ metadata: { id: 'shop' }, spec: { name: 'Shop', owners: ['@checkout'] } });
  await admin.links('shop').replace('dev', { spec: {} });
  await admin.links('shop').replace('production', { spec: {} });
  await admin.contexts('shop').create({ metadata: { id: 'user-tier' }, spec: { type: 'STRING' } });
  await admin.flags('shop').create({ metadata: { id: 'new-checkout' }, spec: { type: 'BOOLEAN' } });
  await admin.stageDefinitions('shop', 'production').replace('new-checkout', {
    spec: {
      enabled: true,
      defaultVariant: 'off',
      targeting: { if: [{ '==': [{ var: 'user-tier' }, 'premium'] }, 'on', null] },
    },
    comment: 'premium first',
  });
  // from here on, what production serves is asked for by one person and applied by another
  await admin.links('shop').patch('production', { spec: { requireChangeRequest: true, requireSecondApprover: true } });
}

/** Makes a token, whose text is told this once. */
export async function tokenFor(
  admin: ControlPlane,
  grant: { name: string; role: string; projects: readonly string[]; stages?: readonly string[] },
): Promise<string> {
  const made = (await admin.ask('POST', '/tokens', { body: grant })) as { readonly token: string };
  return made.token;
}
