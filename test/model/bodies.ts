import type { TaskContext } from '../../lambdas/core/context.ts';
import { CancelError, NonRetryableError, RetryAfterError } from '../../lambdas/core/errors.ts';
import type { Applied } from '../../lambdas/core/ports.ts';
import type { Evidence } from './evidence.ts';
import { type Gate, MOST_REQUESTS, type Process, type Scene } from './scene.ts';
import type { OutcomeName } from './steps.ts';
import { inputOf, type ModelInput, modelTasks, retentionMs } from './tasks.ts';
import type { Wire } from './wire.ts';

/** The bodies of the tasks that run. */
export class Bodies {
  readonly #scene: Scene;
  readonly #wire: Wire;
  readonly #kill: (process: Process, how: string) => void;
  /** By the token of their claim. */
  readonly #running = new Map<string, { ctx: TaskContext; over: boolean }>();

  constructor(scene: Scene, wire: Wire, kill: (process: Process, how: string) => void) {
    this.#scene = scene;
    this.#wire = wire;
    this.#kill = kill;
  }

  /** A heartbeat that was answered tells its task of an abort, or that the job is lost. */
  checkSignal(process: Process, jobId: string, owner: string, done: Applied): void {
    const asked = !done.ok || done.record.status === 'aborting';
    const running = this.#running.get(owner);
    if (!asked || running === undefined || process.faulted || this.#wire.landing) return;
    this.#wire.later(() => {
      const unanswered = this.#wire.waits(process, 'heartbeat');
      if (unanswered || running.over || running.ctx.signal.aborted || process.state !== 'running' || process.faulted)
        return;
      this.#scene.evidence.fail(
        `the heartbeat of ${process.name} saw ${this.#scene.evidence.job(jobId)} ${done.ok ? 'told to abort' : 'lost'}, and did not tell the task`,
      );
    });
  }

  /** What a task of the model does: what the scheduler says. */
  async run(process: Process, ctx: TaskContext, input: ModelInput): Promise<unknown> {
    const { evidence } = this.#scene;
    const job = evidence.job(ctx.jobId);
    const hold = evidence.started(ctx.jobId, ctx.attempt, input, process);
    this.#scene.say(() => `${process.name} runs ${job}, attempt ${ctx.attempt}`);
    if (ctx.signal.aborted) evidence.fail(`attempt ${ctx.attempt} of ${job} is over before its task begins`);
    const running = { ctx, over: false };
    if (hold !== undefined) {
      hold.interrupted = () => ctx.signal.aborted;
      this.#running.set(hold.token, running);
    }
    try {
      for (;;) {
        const outcome = await this.#outcome(process, ctx, input);
        this.#scene.count(`task: ${outcome}`);
        this.#scene.say(() => `the task of ${job} (attempt ${ctx.attempt}): ${outcome}`);
        if (outcome === 'progress') await ctx.progress(0.5);
        else if (outcome === 'enqueue a child') await this.#enqueueChild(ctx);
        else return this.#end(outcome, ctx, input, hold);
      }
    } catch (error) {
      if (hold !== undefined && hold.threw === undefined && hold.returned === undefined)
        hold.threw = { final: false, retryAt: undefined };
      throw error;
    } finally {
      running.over = true;
    }
  }

  /** The scheduler's decision, or the end of a task that heeds its signal. */
  #outcome(process: Process, ctx: TaskContext, { heeds }: ModelInput): Promise<OutcomeName> {
    return new Promise((resolve, reject) => {
      const gate: Gate = {
        process,
        kind: 'task',
        what: 'task',
        go: (fault, outcome) => {
          if (fault === undefined) {
            resolve(outcome);
            return;
          }
          this.#scene.count('fault: killed');
          this.#kill(process, 'is killed while its task runs');
        },
      };
      this.#wire.add(gate);
      if (!heeds) return;
      ctx.signal.addEventListener('abort', () => {
        this.#wire.drop(gate);
        reject(ctx.signal.reason);
      });
    });
  }

  #end(outcome: OutcomeName, ctx: TaskContext, input: ModelInput, hold: ReturnType<Evidence['started']>): unknown {
    const failed = (error: Error, final: boolean, retryAt?: number) => {
      if (hold !== undefined && !ctx.signal.aborted) hold.threw = { final, retryAt };
      throw error;
    };
    switch (outcome) {
      case 'throw':
        return failed(new Error('it broke'), false);
      case 'retry after 20 s':
        return failed(new RetryAfterError(20), false, this.#scene.time.now() + 20_000);
      case 'retry after 20 min':
        return failed(new RetryAfterError(1_200), false, this.#scene.time.now() + 1_200_000);
      case 'give up':
        return failed(new NonRetryableError('never'), true);
      case 'cancel':
        return failed(new CancelError('no longer wanted'), false);
      case 'bad output':
        if (hold !== undefined && !ctx.signal.aborted) hold.threw = { final: true, retryAt: undefined };
        return { nonsense: true };
      default:
        if (hold !== undefined) hold.returned = `attempt ${ctx.attempt}`;
        return { by: `attempt ${ctx.attempt}`, padding: input.padding };
    }
  }

  async #enqueueChild(ctx: TaskContext): Promise<void> {
    if (this.#scene.evidence.requests.length >= MOST_REQUESTS) return;
    const [task] = modelTasks;
    const request = this.#scene.evidence.request({
      how: 'child',
      task: task.name,
      maxAttempts: task.maxAttempts,
      retentionMs: retentionMs(task),
      notBefore: 0,
    });
    const input = inputOf(request.label, 0, false);
    request.reply = 'refused';
    const { jobId } = await ctx.enqueue(task, input, { tags: [`request ${request.label}`] });
    request.reply = { jobId, deduplicated: false };
  }
}
