/** The advisory lock of whoever writes to the database, migrations among them: the letters `fwcp`. */
export const WRITE_LOCK: string = String(0x66776370);

/** The channel that carries hints between servers. */
export const CHANNEL = 'flagwright_control';
