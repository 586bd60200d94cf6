import type { Command } from '../grammar/command.ts';
import { rejection } from './reject.ts';

/** `flagctl close`. */
export const command: Command = rejection('close', 'close a change request: the same as reject', 'reject');
