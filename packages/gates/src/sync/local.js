export {};
//# sourceMappingURL=local.js.map