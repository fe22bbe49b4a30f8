import { sendWelcome } from './send-welcome.ts';

export const tasks = [sendWelcome] as const;
