import { checkUpload } from './check-upload.ts';
import { sendReceipt } from './send-receipt.ts';

export const tasks = [checkUpload, sendReceipt] as const;
