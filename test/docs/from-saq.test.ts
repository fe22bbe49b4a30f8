import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blocksOf } from './page.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/from-saq.md'), 'utf8');

/**
 * The public names of SAQ 0.26.4, as `inspect` lists them: fields, methods, arguments of constructors, options of the command. A method
 * that a class overrides stands with its base class alone. `saq.testing` and `TestQueue` are in its documentation only.
 */
const SAQ_NAMES: Readonly<Record<string, string>> = {
  '': `
    saq Job CronJob Status Worker Queue RedisQueue PostgresQueue HttpQueue HttpProxy Multiplexer JobError InvalidUrlError
    MissingDependencyError Context JobTaskContext WorkerInfo QueueInfo WorkerStats TimersDict PartialTimersDict SettingsDict
    CtxType ABORT_ID_PREFIX ACTIVE_STATUSES TERMINAL_STATUSES UNSUCCESSFUL_TERMINAL_STATUSES DEFAULT_SWEPT_JOB_ERROR
    get_default_job_key exponential_backoff now now_seconds seconds millis uuid1 cancel_tasks ensure_coroutine_function
    ensure_coroutine_function_many import_settings start run check_health async_check_health create_app saq_web
    --workers --verbose --web --extra-web-settings --port --check --quiet AUTH_USER AUTH_PASSWORD saq.testing TestQueue
    Queue.map(return_exceptions=)`,
  Queue: `
    name started complete failed retried aborted swept_error_message loop job_id connect disconnect info count schedule sweep
    notify update job jobs iter_jobs abort dequeue finish_abort write_worker_info worker_info from_url copy serialize
    deserialize register_before_enqueue unregister_before_enqueue retry finish enqueue listen apply map batch`,
  RedisQueue: 'redis dump load max_concurrent_ops version namespace job_key_from_id',
  PostgresQueue: `
    pool url versions_table jobs_table stats_table dump load min_size max_size saq_lock_keyspace priorities
    manage_pool_lifecycle init_db get_job_status nullcontext`,
  HttpQueue: 'url session_callback max_retries retry_delay retry_backoff retry_jitter',
  HttpProxy: 'process serialize',
  Multiplexer: 'start close listen publish subscribe unsubscribe',
  Job: `
    function kwargs queue key timeout heartbeat retries ttl retry_delay retry_backoff scheduled progress attempts completed
    queued started touched result error status priority group_key meta worker_id info id abort_id to_dict duration stuck
    retryable next_retry_delay enqueue abort finish retry update refresh replace get_queue`,
  CronJob: 'function cron unique timeout heartbeat retries ttl kwargs',
  Status: 'NEW QUEUED ACTIVE ABORTING ABORTED FAILED COMPLETE',
  Worker: `
    id queue functions concurrency cron_jobs cron_tz startup shutdown before_process after_process timers dequeue_timeout
    burst max_burst_jobs shutdown_grace_period_s cancellation_hard_deadline_s metadata poll_interval SIGNALS start stop
    schedule worker_info upkeep abort process`,
  Context: 'worker job queue exception',
  JobTaskContext: 'task aborted',
  WorkerInfo: 'queue_key stats metadata',
  QueueInfo: 'workers name queued active scheduled jobs',
  WorkerStats: 'complete failed retried aborted uptime',
  TimersDict: 'schedule worker_info sweep abort',
  SettingsDict: `
    queue functions concurrency cron_jobs startup shutdown before_process after_process timers dequeue_timeout`,
};

const saqNames = new Set(
  Object.entries(SAQ_NAMES).flatMap(([owner, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => (owner === '' ? name : `${owner}.${name}`)),
  ),
);

/** Not names of SAQ, though the first column sets them as code: hooks, values and errors by which a row is told. */
const OTHER_CODE = new Set([
  ...['startup', 'before_process', 'after_process', 'retry_backoff=True', 'timeout=0', 'ttl=0', 'ttl=-1'],
  ...['None', 'KeyError', 'aborted', 'aborting', 'error', 'ttl'],
]);

/** The rows of every table whose head is `| SAQ | Stint | state |`. */
const rows = page
  .split('\n\n')
  .filter((block) => block.startsWith('| SAQ | Stint | state |\n'))
  .flatMap((table) => table.trimEnd().split('\n').slice(2))
  .map((line) => {
    const [saq = '', stint = '', state = '', ...rest] = line.replace(/^\| | \|$/g, '').split(' | ');
    return { saq, stint, state, rest };
  });

const blocks = (language: string) => blocksOf(page, language);

const SAME = /^\*\*the same\*\*: `(test\/\S+\.test\.ts)`, "([^"]+)"$/;

test('every row has three cells and one of the three states, which says what it must', () => {
  const states = [SAME, /^\*\*other on purpose\*\*: \S.{15,}\.$/, /^\*\*to come\*\*: not built\b.*\.$/];

  const odd = rows.filter(
    ({ stint, state, rest }) => stint === '' || rest.length > 0 || !states.some((each) => each.test(state)),
  );

  expect(odd).toEqual([]);
  expect(rows.length).toBeGreaterThan(100);
});

test('each row that says "the same" names a test that exists', () => {
  const missing = rows.flatMap(({ state }) => {
    const [, file, title] = SAME.exec(state) ?? [];
    if (file === undefined || title === undefined) return [];
    const source = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
    return ["'", '"', '`'].some((quote) =>
      new RegExp(`\\b(it|test)\\(\\s*${quote}${escaped(title)}${quote}`).test(source),
    )
      ? []
      : [`${file}: ${title}`];
  });

  expect(missing).toEqual([]);
});

test('every name of SAQ in a row is spelled as SAQ spells it', () => {
  const unknown = codeOf(rows.map(({ saq }) => saq)).filter((name) => !saqNames.has(name) && !OTHER_CODE.has(name));

  expect(unknown).toEqual([]);
});

test('every public name of SAQ has its row', () => {
  const told = new Set(codeOf(rows.map(({ saq }) => saq)));

  expect([...saqNames].filter((name) => !told.has(name))).toEqual([]);
});

test('what the page quotes of the protocol stands there', () => {
  const excerpts = blocks('ts').filter(({ isExcerpt }) => isExcerpt);

  expect(excerpts.map(({ path }) => path)).toContain('lambdas/core/protocol.ts');
  for (const { path, code } of excerpts) expect(readFileSync(join(root, path), 'utf8')).toContain(code);
});

test('its task is the one that ships', () => {
  const { path, code } = blocks('ts').find(({ code }) => code.includes("name: 'poc_test_task'"))!;
  const shipped = readFileSync(join(root, path), 'utf8');

  for (const line of code.split('\n')) expect(shipped).toContain(line);
});

/** Everything set as code, in order. */
function codeOf(cells: readonly string[]): string[] {
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
