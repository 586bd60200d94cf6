/** How features are set back, for `@flagwright/gates/testing` alone: programs write once. */
export const RESETS = new WeakMap();
//# sourceMappingURL=resets.js.map
