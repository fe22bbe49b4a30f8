import { FINISHED, type JobRecord, MESSAGE_LIFE_MS, type Status } from '../../lambdas/core/record.ts';
import type { Given } from '../../lambdas/core/transition.ts';
import { ALL_QUEUES, type Sqs, type Told } from './sqs.ts';
import type { EnqueueName } from './steps.ts';
import { type ModelInput, modelTasks } from './tasks.ts';

/** A request to run a job, as its caller made it. */
export interface Request {
  readonly label: number;
  readonly how: EnqueueName | 'foreign' | 'child';
  readonly task: string;
  readonly key?: string;
  readonly idempotencyKey?: string;
  readonly maxAttempts: number;
  readonly retentionMs: number;
  /** True time before which the job must not start. */
  readonly notBefore: number;
  readonly madeAt: number;
  /** What its caller was told. */
  reply?: { readonly jobId: string; readonly deduplicated: boolean } | 'refused';
}

/** A change of a job that waits, as its caller asked for it. */
export interface ModelAmendment {
  /** Default: as it was. */
  readonly scheduledAt: number | undefined;
  /** Tells its input apart from all others; none: its input stays. */
  readonly edition: number | undefined;
  /** How often the job had been written when it was asked for. */
  readonly madeAfter: number;
}

/** Who writes: a process of the model, as far as evidence needs it. */
export interface Writer {
  readonly name: string;
  readonly kind: 'api' | 'worker' | 'bury' | 'sweep';
  /** What a call of the API is for. */
  readonly intent?:
    | { readonly is: 'enqueue'; readonly request: Request }
    | { readonly is: 'abort' | 'retry'; readonly jobId: string }
    | { readonly is: 'amend'; readonly jobId: string; readonly amendment: ModelAmendment };
  /** True time when the platform ends it. */
  readonly endsAt: number;
  /** A call of it failed, or it was suspended: it need not do all that it should. */
  readonly faulted: boolean;
  /** Its calls of retry, reuse or change that took effect: one at most. */
  effects: number;
}

/** An attempt, by the token of its claim. */
interface Hold {
  readonly token: string;
  readonly writer: Writer;
  attempt: number;
  /** Of the input that it must run. */
  readonly edition: number;
  started: boolean;
  /** A zombie claimed again with its own token, by a call that landed after its lease. */
  twice?: true;
  /** An abort came before its task began. */
  aborted?: true;
  /** It was over before its task began. */
  unbegun?: true;
  /** The task returned: what it said. */
  returned?: string;
  /** Its signal has fired, as it timed out, say; of one whose task has not begun: its deadline may have passed. */
  interrupted: () => boolean;
  /** Why the task ended otherwise. */
  threw?: { readonly final: boolean; readonly retryAt: number | undefined };
}

/** What the model itself knows of one run of a job. */
interface RunView {
  readonly jobId: string;
  readonly run: string;
  readonly request: Request | undefined;
  claims: number;
  /** Attempts that were granted in all. */
  granted: number;
  readonly holds: Map<string, Hold>;
  /** The attempt that began last and whose end was not written. */
  holder: Hold | undefined;
  abortAsked: boolean;
  ended: Status | undefined;
  endedAt: number;
  notBefore: number;
  /** Of the input that was accepted last. */
  edition: number;
  /** Who changed it last, while it waited. */
  changedBy: Writer | undefined;
  readonly redriven: Set<number>;
  readonly authorised: Set<number>;
  envelopeForgotten: boolean;
}

/** What is due so soon is sent at once, whichever clock one looks at. */
const NEAR_MS = 800_000;

const isEnd = (status: Status) => (FINISHED as readonly Status[]).includes(status);
/** What a job is after a write, whatever it was before. */
const BECOMES: Readonly<Record<string, Status>> = {
  claim: 'active',
  'claim redriven': 'active',
  'abort abandoned': 'aborted',
  'fail exhausted': 'failed',
  complete: 'complete',
  fail: 'failed',
  retry: 'queued',
  'retry by sweep': 'queued',
  'abort own': 'aborted',
  'cancel own': 'aborted',
  'abort queued': 'aborted',
  'abort active': 'aborting',
  'retry by hand': 'queued',
  reschedule: 'queued',
  'amend input': 'queued',
  'fail undeliverable': 'failed',
};
/** In which statuses the attempt that holds a job may write so. */
const MAY_WRITE: Readonly<Record<string, readonly Status[]>> = {
  heartbeat: ['active', 'aborting'],
  complete: ['active', 'aborting'],
  'cancel own': ['active', 'aborting'],
  fail: ['active'],
  'abort own': ['aborting'],
};
const OWNED = new Set(['heartbeat', 'complete', 'fail', 'retry', 'retry by sweep', 'abort own', 'cancel own']);

/**
 * The model's own evidence: what was asked, acknowledged, claimed, run and written, and by whom; and the invariants of
 * protocol.md, checked against it. It keeps a mirror of the records, but judges each change of one by what it saw happen.
 */
export class Evidence {
  readonly mirror = new Map<string, JobRecord>();
  readonly requests: Request[] = [];
  readonly damaged = new Set<string>();
  violation: string | undefined;
  readonly #runs = new Map<string, RunView>();
  readonly #names = new Map<string, string>();
  /** How often each job was written. */
  readonly #writes = new Map<string, number>();
  #editions = 0;
  /** Jobs without a record, whose message in `dead-letters` nobody looked at for 14 days. */
  readonly #forgotten = new Set<string>();
  readonly #sqs: Sqs;
  readonly #now: () => number;
  /** Two machines' clocks differ by this much at most. */
  readonly #spreadMs: number;

  constructor(sqs: Sqs, now: () => number, spreadMs: number) {
    this.#sqs = sqs;
    this.#now = now;
    this.#spreadMs = spreadMs;
  }

  fail(text: string): void {
    this.violation ??= text;
  }

  job(jobId: string): string {
    let name = this.#names.get(jobId);
    if (name === undefined) {
      name = `job ${this.#names.size + 1}`;
      this.#names.set(jobId, name);
    }
    return name;
  }

  request(made: Omit<Request, 'label' | 'madeAt'>): Request {
    const request = { ...made, label: this.requests.length + 1, madeAt: this.#now() };
    this.requests.push(request);
    return request;
  }

  amendment(jobId: string, ofInput: boolean, scheduledAt: number | undefined): ModelAmendment {
    const edition = ofInput ? ++this.#editions : undefined;
    return { scheduledAt, edition, madeAfter: this.#writes.get(jobId) ?? 0 };
  }

  // What is written --------------------------------------------------------------------------------------------------

  /** A transition took effect. */
  wrote(name: string, before: JobRecord | undefined, after: JobRecord, given: Partial<Given>, by: Writer): void {
    this.mirror.set(after.job_id, after);
    this.#writes.set(after.job_id, (this.#writes.get(after.job_id) ?? 0) + 1);
    if (this.damaged.has(after.job_id)) return;
    const job = this.job(after.job_id);
    if (before === undefined || before.run !== after.run) this.#began(job, before, after, by);
    else this.#changed(name, job, before, after, given, by);
    this.#checkShape(job, after);
  }

  /** A transition was refused: not of the attempt that holds the job, nor an abort, a retry or a claim that is right. */
  refused(name: string, jobId: string, given: Partial<Given>, by: Writer): void {
    const record = this.mirror.get(jobId);
    const view = record && this.#view(record);
    if (record === undefined || view === undefined || this.damaged.has(jobId)) return;
    const job = this.job(jobId);
    if (by.intent?.is === 'amend' && by.intent.amendment.madeAfter === this.#writes.get(jobId))
      this.fail(`${by.name} tries to change ${job}, although it was ${record.status} all along (${name})`);
    const { holder } = view;
    const holds = holder !== undefined && holder.token === given.owner;
    if (holds && MAY_WRITE[name]?.includes(record.status) && view.ended === undefined)
      this.fail(`${by.name} holds ${job}, which is ${record.status}, and its write is refused (${name})`);
    const may = `${by.name} is refused, although ${job} is ${record.status} (${name})`;
    if (name === 'abort queued' && record.status === 'queued') this.fail(may);
    if (name === 'abort active' && record.status === 'active') this.fail(may);
    if (record.run !== given.run) return;
    if (name === 'retry by hand' && record.dispatch === given.dispatch && ['failed', 'aborted'].includes(record.status))
      this.fail(may);
    const changes = name === 'reschedule' || (name === 'amend input' && view.claims === 0);
    if (changes && record.status === 'queued' && record.dispatch === given.dispatch) this.fail(may);
    if (name !== 'claim' || (given.dispatch ?? 0) < record.dispatch || view.claims >= view.granted) return;
    const over = record.status === 'active' && (record.lease_expires_at ?? 0) < (given.now ?? 0);
    const waits = record.status === 'queued' && record.scheduled_at <= (given.now ?? 0);
    if (over || waits) this.fail(may);
  }

  /** DynamoDB deleted it. */
  deleted(jobId: string): void {
    this.mirror.delete(jobId);
  }

  #began(job: string, before: JobRecord | undefined, after: JobRecord, by: Writer): void {
    const key = after.job_id + after.run;
    if (this.#runs.has(key)) this.fail(`${by.name} makes ${job} again, a run that was there before`);
    const request = this.#requestOf(after);
    if (request === undefined) this.fail(`${job} has an input that nobody asked for`);
    if (before !== undefined) {
      const old = this.#view(before);
      if (old !== undefined && old.ended === undefined) this.fail(`${by.name} overwrites ${job}, which has not ended`);
      if (by.intent === undefined) {
        const expiresAt = (old?.endedAt ?? 0) + (old?.request?.retentionMs ?? 0);
        if ((request?.madeAt ?? 0) < expiresAt - 2 * this.#spreadMs)
          this.fail(`${by.name} overwrites ${job} by a message that was made before its record expired`);
      } else {
        if (by.intent.is !== 'enqueue')
          this.fail(`${by.name} overwrites ${job} with a new run, which nobody asked for`);
        if (++by.effects > 1) this.fail(`one request of ${by.name} begins two runs of ${job}`);
      }
      const readable =
        old?.request !== undefined && this.#now() < old.endedAt + old.request.retentionMs - this.#spreadMs;
      if (readable && request?.key === undefined) this.fail(`${by.name} overwrites ${job}, which can still be read`);
      if (readable && request?.idempotencyKey !== undefined && old.request?.idempotencyKey === request.idempotencyKey)
        this.fail(`${by.name} makes a second job under one Idempotency-Key: ${job}`);
    }
    const view: RunView = {
      jobId: after.job_id,
      run: after.run,
      request,
      claims: 0,
      granted: request?.maxAttempts ?? 1,
      holds: new Map(),
      holder: undefined,
      abortAsked: false,
      ended: undefined,
      endedAt: 0,
      notBefore: request?.notBefore ?? 0,
      edition: 0,
      changedBy: undefined,
      redriven: new Set(),
      authorised: new Set(),
      envelopeForgotten: false,
    };
    this.#runs.set(key, view);
    if (after.status === 'active') this.#claimed(job, view, after, by);
    else if (isEnd(after.status)) this.#ended(job, view, after);
    else if (after.status !== 'queued') this.fail(`${job} begins as ${after.status}`);
  }

  #changed(name: string, job: string, before: JobRecord, after: JobRecord, given: Partial<Given>, by: Writer): void {
    const view = this.#view(after);
    if (view === undefined) return;
    const becomes = BECOMES[name];
    if (becomes !== undefined && after.status !== becomes)
      this.fail(`${job} is ${after.status} after a write that makes it ${becomes} (${name})`);
    if (given.run !== undefined && given.run !== after.run)
      this.fail(`${by.name} writes ${job} on behalf of another run (${name})`);
    if (given.dispatch !== undefined && given.dispatch < before.dispatch)
      this.fail(`${by.name} writes ${job} on behalf of a stale message (${name})`);
    if (name === 'sweep done' && after.due_at !== undefined)
      this.fail(`${job} is sent, and is still marked for the sweep`);
    if (view.ended !== undefined) {
      if (name === 'sweep done') this.fail(`the sweep writes ${job}, which is ${view.ended}`);
      if (!this.#mayBeginAgain(name, view, after, by)) {
        this.fail(`${by.name} changes ${job}, which is ${view.ended}, to ${after.status} (${name})`);
        return;
      }
      view.ended = undefined;
      view.abortAsked = false;
      view.holder = undefined;
      view.notBefore = 0;
      view.changedBy = undefined;
      view.envelopeForgotten = false;
      view.granted = view.claims + (view.request?.maxAttempts ?? 1);
    }
    if (name === 'reschedule' || name === 'amend input') this.#amended(name, job, view, before, after, by);
    if (OWNED.has(name) && view.holder?.token !== given.owner)
      this.fail(`the write of a zombie lands: ${by.name} writes ${job} (${name}), which ${this.#holderOf(view)}`);
    if (after.status === 'active' && (after.owner !== before.owner || after.attempt !== before.attempt)) {
      this.#claimed(job, view, after, by);
      return;
    }
    if (before.status !== after.status) this.#moved(job, view, before.status, after, given, by);
  }

  /** A job that waits was changed by hand: as it was asked for, once, and what was sent for it before counts no more. */
  #amended(name: string, job: string, view: RunView, before: JobRecord, after: JobRecord, by: Writer): void {
    const { intent } = by;
    if (intent?.is !== 'amend' || intent.jobId !== view.jobId) {
      this.fail(`${by.name} changes ${job}, which nobody asked for (${name})`);
      return;
    }
    const { scheduledAt = before.scheduled_at, edition = view.edition } = intent.amendment;
    if ((name === 'amend input') !== (intent.amendment.edition !== undefined))
      this.fail(`${by.name} was asked for something else than ${name} of ${job}`);
    if (name === 'amend input' && view.claims > 0)
      this.fail(`${by.name} gives another input to ${job}, whose attempt ${view.claims} has begun`);
    if (after.scheduled_at !== scheduledAt) this.fail(`${by.name} moves ${job} to a time that nobody asked for`);
    if (after.dispatch !== before.dispatch + 1)
      this.fail(`${by.name} changes ${job}, and what was sent for it before still counts`);
    const wasSo = view.changedBy === by && before.scheduled_at === scheduledAt && view.edition === edition;
    if (++by.effects > 1 && wasSo) this.fail(`one change of ${job} by ${by.name} takes effect twice`);
    view.edition = edition;
    view.notBefore = intent.amendment.scheduledAt ?? view.notBefore;
    view.changedBy = by;
  }

  #mayBeginAgain(name: string, view: RunView, after: JobRecord, by: Writer): boolean {
    const { intent } = by;
    if (after.status === 'queued' && name === 'retry by hand') {
      if (intent?.is !== 'retry' || intent.jobId !== view.jobId || view.ended === 'complete') return false;
      if (after.scheduled_at > this.#now()) this.fail(`${this.job(view.jobId)} is retried by hand, and has to wait`);
      if (++by.effects > 1) this.fail(`one retry by hand of ${this.job(view.jobId)} takes effect twice`);
      return true;
    }
    if (after.status !== 'active' || view.ended !== 'failed' || !view.authorised.has(after.dispatch)) return false;
    if (view.redriven.has(after.dispatch)) return false;
    view.redriven.add(after.dispatch);
    return true;
  }

  #claimed(job: string, view: RunView, after: JobRecord, by: Writer): void {
    const now = this.#now();
    const { holder } = view;
    const tolerance = Math.max(0, this.#spreadMs - 5_000);
    if (holder !== undefined && now < holder.writer.endsAt - tolerance)
      this.fail(`${by.name} claims ${job} while ${holder.writer.name} may still run attempt ${holder.attempt}`);
    if (view.abortAsked) this.fail(`${by.name} claims ${job} after it was told to abort`);
    if (now + this.#spreadMs < view.notBefore)
      this.fail(`${by.name} starts ${job} ${Math.round((view.notBefore - now) / 1000)} s before its time`);
    view.claims++;
    if (view.claims > view.granted) this.fail(`attempt ${view.claims} of ${job} begins, of ${view.granted} granted`);
    if (after.attempt !== view.claims) this.fail(`attempt ${view.claims} of ${job} is counted as ${after.attempt}`);
    const token = after.owner ?? '';
    // A zombie may claim once more with its own token, when its own lease has run out.
    const again = view.holds.get(token);
    if (token === '' || (again !== undefined && again.writer !== by))
      this.fail(`the claim of ${job} has no token of its own`);
    const { edition } = view;
    const timeoutSeconds = modelTasks.find(({ name }) => name === after.task_name)?.timeoutSeconds ?? 30;
    const deadline = Math.min(now + timeoutSeconds * 1000, by.endsAt - 1_500);
    view.holder = again ?? {
      token,
      writer: by,
      attempt: view.claims,
      edition,
      started: false,
      interrupted: () => this.#now() >= deadline,
    };
    view.holder.attempt = view.claims;
    if (again !== undefined) view.holder.twice = true;
    view.holds.set(token, view.holder);
  }

  #moved(job: string, view: RunView, from: Status, after: JobRecord, given: Partial<Given>, by: Writer): void {
    const now = this.#now();
    const { holder } = view;
    const to = after.status;
    const byHolder = holder !== undefined && holder.token === given.owner;
    const leaseOver = holder === undefined || now >= holder.writer.endsAt - Math.max(0, this.#spreadMs - 5_000);
    const move = `${from} → ${to}`;
    if (byHolder && !holder.started && holder.interrupted()) holder.unbegun = true;
    if (view.abortAsked && to !== 'aborted' && to !== 'complete')
      this.fail(`${by.name} moves ${job}, which was told to abort, to ${to}`);
    switch (move) {
      case 'queued → aborted':
        if (by.intent?.is !== 'abort') this.fail(`${by.name} aborts ${job}, which nobody asked for`);
        break;
      case 'queued → failed':
        if (by.kind !== 'bury') this.fail(`${by.name} fails ${job}, which waits`);
        break;
      case 'failed → queued':
      case 'aborted → queued':
        break;
      case 'active → queued':
        if (!byHolder) this.fail(`${by.name} sends ${job} back, which ${this.#holderOf(view)}`);
        if (!hasFailed(holder)) this.fail(`${job} is retried, although attempt ${view.claims} did not fail`);
        if (view.claims >= view.granted && holder?.twice !== true)
          this.fail(`${job} is retried, although its attempts are used up`);
        view.notBefore = holder?.threw?.retryAt ?? 0;
        view.holder = undefined;
        break;
      case 'active → aborting':
        if (by.intent?.is !== 'abort') this.fail(`${by.name} tells ${job} to abort, which nobody asked for`);
        view.abortAsked = true;
        if (holder !== undefined && !holder.started) holder.aborted = true;
        break;
      case 'active → failed':
        if (byHolder) {
          if (!hasFailed(holder)) this.fail(`${job} fails, although attempt ${view.claims} did not`);
          if (holder.threw?.final !== true && view.claims < view.granted)
            this.fail(`${job} fails with ${view.granted - view.claims} attempts left`);
        } else {
          if (!leaseOver) this.fail(`${by.name} fails ${job} while attempt ${view.claims} may still run`);
          if (by.kind !== 'bury' && view.claims < view.granted)
            this.fail(`${by.name} fails ${job} as exhausted with ${view.granted - view.claims} attempts left`);
        }
        break;
      case 'active → aborted':
        if (!byHolder) this.fail(`${by.name} aborts ${job}, which ${this.#holderOf(view)}`);
        break;
      case 'aborting → aborted':
        if (!byHolder && !leaseOver)
          this.fail(`${by.name} writes ${job} as aborted while attempt ${view.claims} may still run`);
        break;
      case 'active → complete':
      case 'aborting → complete': {
        if (!byHolder) this.fail(`${by.name} completes ${job}, which ${this.#holderOf(view)}`);
        else if (holder.returned === undefined)
          this.fail(`${job} is complete, although attempt ${view.claims} did not return`);
        break;
      }
      default:
        this.fail(`${by.name} moves ${job} from ${move}`);
    }
    if (isEnd(to)) this.#ended(job, view, after);
  }

  #ended(job: string, view: RunView, after: JobRecord): void {
    view.ended = after.status;
    view.endedAt = this.#now();
    view.holder = undefined;
    if (after.status === 'failed' && !after.error_message) this.fail(`${job} is failed without a reason`);
    if (after.status === 'complete' && after.error_message !== undefined) this.fail(`${job} is complete with an error`);
    if (after.status === 'failed' && after.result !== undefined) this.fail(`${job} is failed with a result`);
  }

  /** What every record must be, whoever wrote it. */
  #checkShape(job: string, record: JobRecord): void {
    if (!isEnd(record.status)) {
      for (const field of ['ttl', 'expires_at', 'completed_at', 'failed_at'] as const)
        if (record[field] !== undefined) this.fail(`${job} is ${record.status} and has ${field}`);
      return;
    }
    if (record.due_at !== undefined) this.fail(`${job} is ${record.status} and is still marked for the sweep`);
    if (record.completed_at === undefined || record.expires_at === undefined)
      this.fail(`${job} is ${record.status} without its end`);
    const deleted = (record.ttl ?? 0) * 1000;
    if (deleted < this.#now() + MESSAGE_LIFE_MS)
      this.fail(`${job} is deleted at a time when a copy of its message can still live`);
    if (
      record.idempotency !== undefined &&
      record.key === undefined &&
      deleted < (record.expires_at ?? 0) + MESSAGE_LIFE_MS
    )
      this.fail(`${job} is deleted at a time when the message of a later request for it can still live`);
    if ((record.failed_at !== undefined) !== (record.status === 'failed'))
      this.fail(
        `${job} is ${record.status} and ${record.failed_at === undefined ? 'not ' : ''}in the list of failed jobs`,
      );
  }

  // What runs, and what people are told ---------------------------------------------------------------------------------

  /** A task begins. */
  started(jobId: string, attempt: number, { label, edition }: ModelInput, by: Writer): Hold | undefined {
    if (this.damaged.has(jobId)) return undefined;
    const job = this.job(jobId);
    for (const view of this.#runs.values()) {
      if (view.jobId !== jobId) continue;
      for (const hold of view.holds.values()) {
        if (hold.writer !== by || hold.attempt < attempt || hold.started) continue;
        if (edition === 0 && view.request?.label !== label) continue;
        if (edition !== hold.edition)
          this.fail(`attempt ${hold.attempt} of ${job} runs another input than the one that was accepted last`);
        hold.started = true;
        return hold;
      }
    }
    this.fail(`${by.name} runs ${job} (attempt ${attempt}) without having claimed it`);
    return undefined;
  }

  /** An invocation without faults is over: each attempt that it began has run. */
  over(by: Writer): void {
    for (const view of this.#runs.values())
      for (const hold of view.holds.values())
        if (hold.writer === by && !hold.started && !hold.aborted && !hold.unbegun && !this.damaged.has(view.jobId))
          this.fail(`attempt ${hold.attempt} of ${this.job(view.jobId)} is used up, but ${by.name} did not run it`);
  }

  /** An abort was answered. */
  abortReplied(jobId: string, status: Status): void {
    const view = this.#latest(jobId);
    if (view === undefined || this.damaged.has(jobId)) return;
    if (status !== 'aborted' && status !== 'aborting') this.fail(`an abort of ${this.job(jobId)} answers ${status}`);
  }

  /** A change was accepted: it took effect, and the job is on its way without the sweep's help. */
  amendReplied(jobId: string, { scheduledAt, edition }: ModelAmendment, told: JobRecord, by: Writer): void {
    if (this.damaged.has(jobId)) return;
    const job = this.job(jobId);
    if (edition !== undefined && by.effects === 0)
      this.fail(`${by.name} is told that the input of ${job} is another now, which was never written`);
    if (scheduledAt !== undefined && told.scheduled_at !== scheduledAt)
      this.fail(`${by.name} is told that ${job} is rescheduled, to a time that it did not ask for`);
    const record = this.mirror.get(jobId);
    const waits = record?.status === 'queued' && record.run === told.run && record.dispatch === told.dispatch;
    if (waits && !by.faulted && record.scheduled_at < this.#now() + NEAR_MS && !this.#hasMessage(record))
      this.fail(`${by.name} leaves ${job} to the sweep, although nothing failed`);
  }

  /** A change was refused. */
  amendRefused(jobId: string, { scheduledAt, edition }: ModelAmendment, code: string, by: Writer): void {
    if (this.damaged.has(jobId)) return;
    const job = this.job(jobId);
    const known = ['conflict', 'not_found', 'unavailable'];
    if (!known.includes(code)) this.fail(`a change of ${job} answers ${code}`);
    const record = this.mirror.get(jobId);
    const view = record && this.#view(record);
    if (code !== 'conflict' || record === undefined || view?.changedBy !== by) return;
    const took = edition === undefined ? record.scheduled_at === scheduledAt : view.edition === edition;
    if (took) this.fail(`${by.name} is told that ${job} cannot be changed, although its change took effect`);
  }

  /** A worker is done with a message, which its function's queue forgets: forwarded, if it was of another. */
  acknowledged({ job_id, run, dispatch, task_name }: Told, queue: string, by: Writer): void {
    const record = this.mirror.get(job_id);
    const home = task_name === 'task_b' ? 'other' : 'default';
    if (record === undefined || this.damaged.has(job_id) || queue !== home || record.run !== run) return;
    if (record.status === 'failed' && record.dispatch < dispatch)
      this.fail(`${by.name} is done with the redriven envelope of ${this.job(job_id)}, which it did not begin anew`);
  }

  /** An envelope or message of `dead-letters` went to a queue, by a person's will. */
  redriven({ job_id, run, dispatch }: Told): void {
    this.#runs.get(job_id + run)?.authorised.add(dispatch);
  }

  /** Nobody looked at a message of `dead-letters` for 14 days. */
  forgotten({ job_id, run }: Told): void {
    const view = this.#runs.get(job_id + run);
    if (view !== undefined) view.envelopeForgotten = true;
    else this.#forgotten.add(job_id);
  }

  // What must hold after each step ----------------------------------------------------------------------------------------

  check(): void {
    for (const record of this.mirror.values()) {
      if (this.damaged.has(record.job_id)) continue;
      if (!isEnd(record.status)) {
        if (record.due_at === undefined && !this.#hasMessage(record))
          this.fail(
            `${this.job(record.job_id)} is ${record.status}, and neither a message nor the sweep will ever move it`,
          );
      } else if (record.status === 'failed' && !this.#hasEnvelope(record) && !this.#hasMessage(record)) {
        if (this.#view(record)?.envelopeForgotten !== true)
          this.fail(`${this.job(record.job_id)} is failed, and no envelope of it is or will be in dead-letters`);
      }
    }
  }

  /** After a fault-free end: everything came to rest, and nothing that was acknowledged is lost. */
  checkRest(): void {
    for (const queue of ALL_QUEUES)
      if (this.#sqs.in(queue).length > 0) this.fail(`a message is left in ${queue} at the end`);
    for (const record of this.mirror.values()) {
      if (this.damaged.has(record.job_id)) continue;
      const job = this.job(record.job_id);
      const view = this.#view(record);
      if (!isEnd(record.status)) this.fail(`${job} is stuck: ${record.status} at the end`);
      // What SQS itself moved to `dead-letters` stands for its envelope: redriven, it becomes one.
      const buried = this.#hasEnvelope(record) || this.#hasMessage(record);
      if (record.status === 'failed' && !buried && view?.envelopeForgotten !== true)
        this.fail(`${job} is failed without an envelope`);
    }
    for (const message of this.#sqs.memory.deadLetters) {
      const told = this.#sqs.told(message);
      const record = this.mirror.get(told.job_id);
      if (!told.isEnvelope || record === undefined || this.damaged.has(told.job_id)) continue;
      if (record.run !== told.run || record.status !== 'failed' || told.dispatch <= record.dispatch)
        this.fail(`the envelope of ${this.job(told.job_id)} stays in dead-letters, although the job has moved on`);
    }
    for (const request of this.requests) this.#checkKept(request);
    this.#checkIdempotency();
  }

  #checkKept(request: Request): void {
    const { reply, label } = request;
    if (reply === undefined || reply === 'refused' || this.damaged.has(reply.jobId)) return;
    const job = this.job(reply.jobId);
    const runs = [...this.#runs.values()].filter(({ jobId }) => jobId === reply.jobId);
    const kept = runs.filter(({ request: of, endedAt, ended }) => {
      if (ended === undefined) return false;
      if (of?.label === label) return true;
      const shared = request.idempotencyKey !== undefined && of?.idempotencyKey === request.idempotencyKey;
      if (!reply.deduplicated && !shared) return false;
      return endedAt + (of?.retentionMs ?? 0) + this.#spreadMs > request.madeAt;
    });
    if (kept.length > 0) return;
    // Only a message that was away for 14 days, by way of `dead-letters`, makes no record any more.
    const old = this.#now() >= request.madeAt + MESSAGE_LIFE_MS - this.#spreadMs;
    const buried = this.#sqs.memory.deadLetters.some((message) => this.#sqs.told(message).job_id === reply.jobId);
    if ((!buried || !old) && !this.#forgotten.has(reply.jobId))
      this.fail(`request ${label} was acknowledged as ${job}, and lost`);
  }

  #checkIdempotency(): void {
    const byKey = new Map<string, RunView[]>();
    for (const view of this.#runs.values()) {
      const key = view.request?.idempotencyKey;
      if (key === undefined) continue;
      byKey.set(key, [...(byKey.get(key) ?? []), view]);
    }
    for (const [key, views] of byKey) {
      if (new Set(views.map(({ jobId }) => jobId)).size > 1 && !views.some(({ request }) => request?.key !== undefined))
        this.fail(`Idempotency-Key ${key} made two jobs`);
    }
  }

  #hasMessage({ job_id, run, dispatch }: JobRecord): boolean {
    const own = (told: Told) => told.job_id === job_id && told.run === run && told.dispatch === dispatch;
    for (const queue of ALL_QUEUES)
      for (const message of this.#sqs.in(queue)) if (own(this.#sqs.told(message))) return true;
    // SQS may have moved it there, and an envelope that was redriven is a message of its dispatch, too.
    return this.#sqs.memory.deadLetters.some((message) => own(this.#sqs.told(message)));
  }

  #hasEnvelope({ job_id, run, dispatch }: JobRecord): boolean {
    const newer = (told: Told) => told.job_id === job_id && told.run === run && told.dispatch > dispatch;
    for (const queue of ALL_QUEUES)
      for (const message of this.#sqs.in(queue)) if (newer(this.#sqs.told(message))) return true;
    return this.#sqs.memory.deadLetters.some((message) => newer(this.#sqs.told(message)));
  }

  #view(record: JobRecord): RunView | undefined {
    return this.#runs.get(record.job_id + record.run);
  }

  #latest(jobId: string): RunView | undefined {
    return [...this.#runs.values()].filter((view) => view.jobId === jobId).at(-1);
  }

  #holderOf({ holder }: RunView): string {
    return holder === undefined ? 'no attempt holds' : `attempt ${holder.attempt} of ${holder.writer.name} holds`;
  }

  #requestOf(record: JobRecord): Request | undefined {
    const label = labelOf(record);
    return this.requests.find((request) => request.label === label);
  }
}

/** An attempt failed: its task threw or was interrupted, or its input could not be read. */
function hasFailed(hold: Hold | undefined): boolean {
  return hold?.threw !== undefined || hold?.interrupted() === true || (hold?.started === false && hold.writer.faulted);
}

/** The label of the request that a record came from: tags travel with the job unchanged, whatever its input's size. */
function labelOf(record: JobRecord): number {
  return Number(record.tags?.[0]?.replace('request ', ''));
}
