import { StintError } from '../../lambdas/core/errors.ts';
import type { Call, Fault } from '../world/invocation.ts';
import { type Gate, LEASE_SLACK_MS, type Process, type Scene } from './scene.ts';
import type { FaultName, OutcomeName } from './steps.ts';
import { transitionInWords } from './words.ts';

/** All that waits for the scheduler: external calls, tasks, acknowledgements, and calls that are still on the wire. */
export class Wire {
  /** Nothing fails and nobody is slow. */
  faultFree = false;
  /** A call takes effect whose reply nobody gets. */
  landing = false;
  readonly #scene: Scene;
  readonly #kill: (process: Process, how: string) => void;
  readonly #afterQuiet: (() => void)[] = [];
  #gates: Gate[] = [];
  #effects = 0;
  #network: 'lands late' | 'echo' | undefined;

  constructor(scene: Scene, kill: (process: Process, how: string) => void) {
    this.#scene = scene;
    this.#kill = kill;
  }

  get ready(): readonly Gate[] {
    return this.#gates.filter(({ process, held }) => process?.suspended !== true && held !== true);
  }

  get held(): readonly Gate[] {
    return this.#gates.filter(({ held }) => held === true);
  }

  waits(process: Process, what?: string): boolean {
    return this.#gates.some((gate) => gate.process === process && (what === undefined || gate.what === what));
  }

  drop(gone: Gate | Process): void {
    this.#gates = this.#gates.filter((gate) => gate !== gone && gate.process !== gone);
  }

  /** Checks something once everything is quiet. */
  later(check: () => void): void {
    this.#afterQuiet.push(check);
  }

  async release(gate: Gate, fault: FaultName | undefined, outcome: OutcomeName): Promise<void> {
    this.drop(gate);
    gate.go(fault, outcome);
    await this.quiet();
    this.landing = false;
    this.#scene.evidence.check();
  }

  add(gate: Gate): void {
    const { slow } = this.#scene.options.setting;
    if (slow === gate.what && gate.kind === 'call' && !this.faultFree && !this.#gates.some(({ held }) => held)) {
      gate.held = true;
      this.#scene.count('fault: a slow call');
      this.#scene.say(() => `${gate.process?.name} is slow: ${transitionInWords(gate.what)}`);
    }
    this.#gates.push(gate);
  }

  /** Lets everything go on that can go on by itself. */
  async quiet(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.#effects > 0);
    for (const check of this.#afterQuiet.splice(0)) check();
  }

  async landStrays(): Promise<void> {
    for (const gate of this.#gates.filter(({ kind }) => kind === 'stray'))
      await this.release(gate, undefined, 'return');
  }

  /** An external call waits here until the scheduler says what becomes of it. */
  gate(process: Process, call: Call): Fault | Promise<Fault | undefined> {
    if (call.name === 'kill') return 'crash before';
    if (process.state === 'crashed') return new Promise(() => {});
    return new Promise<Fault | undefined>((resolve) => {
      const leaseOver = () => this.#scene.time.now() >= process.endsAt + LEASE_SLACK_MS;
      const wasOver = leaseOver();
      this.add({
        process,
        kind: 'call',
        what: call.name,
        go: (fault) => {
          // A redriven claim on the wire lands before its lease ends, or never; one that is made later does land.
          if (call.name === 'claim redriven' && !wasOver && leaseOver())
            this.#kill(process, 'is gone before it claims');
          else this.#letCall(process, call, fault, resolve);
        },
      });
    });
  }

  #letCall(
    process: Process,
    call: Call,
    fault: FaultName | undefined,
    resolve: (fault: Fault | undefined) => void,
  ): void {
    const what = transitionInWords(call.name);
    if (fault !== undefined) {
      this.#scene.count(`fault: ${fault}`);
      process.faulted ||= fault !== 'retried' && fault !== 'retried later';
    }
    switch (fault) {
      case undefined:
        resolve(undefined);
        return;
      case 'crash before':
      case 'crash after':
        if (fault === 'crash before') this.#scene.say(() => `${process.name} crashes before it ${what}`);
        else this.#afterQuiet.push(() => this.#scene.say(() => `${process.name} crashes`));
        resolve(fault);
        process.state = 'crashed';
        this.drop(process);
        return;
      case 'throttled':
        this.#scene.say(() => `${process.name} is throttled: ${what}`);
        resolve(fault);
        return;
      case 'unanswered':
        this.#afterQuiet.push(() => this.#scene.say(() => 'every reply to that is lost'));
        resolve(fault);
        return;
      case 'retried':
        this.#scene.say(() => `the reply to what comes next is lost, and the SDK makes the call twice`);
        resolve(fault);
        return;
      case 'retried later':
        this.#afterQuiet.push(() => this.#scene.say(() => 'the reply to that is lost'));
        resolve({
          retriedAfter: () =>
            new Promise<void>((again) => {
              this.add({
                process,
                kind: 'call',
                what: call.name,
                go: () => {
                  this.#scene.say(() => `the SDK of ${process.name} makes that call again:`);
                  again();
                },
              });
            }),
        });
        return;
      case 'lands late':
      case 'echo':
        this.#network = fault;
        resolve(undefined);
        return;
    }
  }

  /** The effect of an external call. */
  async effect<T>(process: Process, what: string, run: () => Promise<T>): Promise<T> {
    const network = this.#network;
    this.#network = undefined;
    if (network === 'lands late') {
      this.#scene.say(() => `${process.name} gets no answer: ${what}; the call is still on the wire`);
      this.#addStray(process, what, run);
      throw new StintError('unavailable', `${what}: no answer`);
    }
    if (network === 'echo') {
      this.#scene.say(
        () => `the SDK of ${process.name} makes the next call twice, and the slower one is still on the wire`,
      );
      this.#addStray(process, what, run);
    }
    this.#scene.say(() => `${process.name} ${what}`);
    this.#effects++;
    try {
      return await run();
    } finally {
      this.#effects--;
    }
  }

  #addStray(process: Process, what: string, run: () => Promise<unknown>): void {
    this.add({
      process: undefined,
      kind: 'stray',
      what,
      go: () => {
        if (
          what.startsWith(transitionInWords('claim redriven')) &&
          this.#scene.time.now() >= process.endsAt + LEASE_SLACK_MS
        )
          return;
        this.#scene.say(() => `a call of ${process.name} lands late: ${what}`);
        this.landing = true;
        this.#effects++;
        void run()
          .catch(() => {})
          .finally(() => this.#effects--);
      },
    });
  }
}
