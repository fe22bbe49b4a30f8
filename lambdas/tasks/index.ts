import { createSubtitles } from './create-subtitles.ts';
import { pocTestTask } from './poc-test-task.ts';

/**
 * The tasks of this project. To add one:
 *
 * 1. Copy `poc-test-task.ts` to a file of your own in this folder, and change what `defineTask` is given.
 * 2. Name it in the list below.
 *
 * That is all: the API takes jobs for it, the worker of its queue runs them, and the client knows its types. A name that
 * is taken, or a queue that is not in `queues.ts`, is an error when the code is loaded, so it never reaches a deploy.
 */
export const tasks = [pocTestTask, createSubtitles] as const;
