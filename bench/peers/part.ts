/** What one process of a comparison is asked to do. As JSON in its arguments; a worker's answer is JSON on its output. */
export interface Part {
  /** Where the queue's server is. */
  readonly url: string;
  readonly queue: string;
  readonly jobs: number;
  /** So many jobs run before the processor's time is counted. */
  readonly warmUp: number;
  /** A job waits so long, and does nothing else. 0: it does nothing at all. */
  readonly taskMs: number;
  /** Between two jobs that are enqueued; 0: all at once. */
  readonly everyMs: number;
  /** Jobs that a worker runs side by side. */
  readonly atOnce: number;
  /** The folder that has its packages. */
  readonly packages: string;
}

export interface Worked {
  /** CPU time of the whole worker process, in microseconds a job. */
  readonly cpu: number;
  /** From enqueue to start, in milliseconds. */
  readonly latencies: readonly number[];
}

/** A job's payload. */
export interface Data {
  readonly at: number;
}

/** Counts a worker's jobs and its CPU time. */
export function recorder({ jobs, warmUp }: Part) {
  const latencies: number[] = [];
  let ended = 0;
  let before = process.cpuUsage();
  let finish: (worked: Worked) => void = () => undefined;
  const all = new Promise<Worked>((resolve) => {
    finish = resolve;
  });
  return {
    all,
    began: ({ at }: Data) => void latencies.push(Date.now() - at),
    ended: () => {
      ended++;
      if (ended === warmUp) before = process.cpuUsage();
      if (ended !== jobs) return;
      const { user, system } = process.cpuUsage(before);
      finish({ cpu: (user + system) / (jobs - warmUp), latencies });
    },
  };
}

/** The part that this process was started for. */
export function partOfArguments(): { readonly role: string; readonly part: Part } {
  const [role = '', json = ''] = process.argv.slice(2);
  return { role, part: JSON.parse(json) as Part };
}

/** A worker's last word. */
export function answer(worked: Worked): never {
  process.stdout.write(JSON.stringify(worked));
  process.exit(0);
}
