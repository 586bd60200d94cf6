// Generated from package.json by `pnpm generate`; do not edit.
export const VERSION = '0.1.0';
