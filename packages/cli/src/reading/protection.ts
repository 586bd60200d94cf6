import type { Item } from './item.ts';

/** How a link protects its stage, in words. */
export function protectionText({ spec }: Item): string {
  const second = spec.requireSecondApprover === true;
  if (spec.requireChangeRequest !== true) return second ? 'no; requests take a second approver' : 'no';
  return second ? 'by change requests, with a second approver' : 'by change requests';
}
