import { hooks } from '#hooks';
import { tasks } from '#tasks';
import { directEnqueue } from './adapters/lambda/enqueue-direct.ts';

/** For a function of yours to which the stack gave `grantEnqueue`: `await enqueueDirect('create_subtitles', { text })`. */
export const enqueueDirect = directEnqueue({ tasks, hooks });
