import { memoryWaitSlots } from '../../../lambdas/adapters/memory/wait-slots.ts';
import { waitSlotsContract } from '../../contract/wait-slots.ts';

waitSlotsContract('memory', async (most) => memoryWaitSlots(most));
