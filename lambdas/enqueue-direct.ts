import { directEnqueue } from './adapters/lambda/enqueue-direct.ts';
import { hooks } from './hooks.ts';
import { tasks } from './tasks/index.ts';

/** For a function of yours to which the stack gave `grantEnqueue`: `await enqueueDirect('create_subtitles', { text })`. */
export const enqueueDirect = directEnqueue({ tasks, hooks });
