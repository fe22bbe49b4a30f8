/** Why a package is here, and what was looked at instead. */
export interface Reason {
  readonly why: string;
  readonly instead: string;
}

/** Of each dependency in package.json, in the order of its table. One without a reason fails a test. */
export const REASONS: Readonly<Record<string, Reason>> = {
  // What runs on Lambda, or in a caller's program.
  '@aws-sdk/client-dynamodb': {
    why: 'Job records and payloads. Bundled rather than taken from the runtime, so that what is tested is what runs.',
    instead:
      "The runtime's own SDK: it changes under the code, and starts slower unbundled. aws4fetch and requests by hand: retries, timeouts and errors would be ours to write.",
  },
  '@aws-sdk/client-sqs': { why: 'Messages, and the depths of queues.', instead: 'As above.' },
  '@aws-sdk/lib-dynamodb': {
    why: 'Payloads, keys and limits, as plain objects.',
    instead: 'Marshalling by hand, which the job store does where it is measured to pay (decision 0041).',
  },
  '@aws-sdk/util-dynamodb': {
    why: "The job store's own marshalling: a third less of the processor than by lib-dynamodb.",
    instead: 'A marshaller of ours: this one is in the bundle anyway, within lib-dynamodb.',
  },
  '@aws-sdk/credential-provider-env': {
    why: 'A Lambda function has its credentials in its environment: a quarter less to read at a start than the chain.',
    instead: "The SDK's default chain, which also looks for profiles, SSO and instance metadata.",
  },
  '@smithy/signature-v4': {
    why: 'Signs requests with a key that is prepared once a day, not once a request.',
    instead:
      "The SDK's own signing, which makes the key anew; client/sigv4.ts, which is for browsers and asynchronous.",
  },
  '@middy/core': {
    why: 'The pipeline of a job: hooks around the task, in an order that is fixed.',
    instead: 'middy 0.36 (npm `middy`), which is the old callback engine; an onion of ours, which nobody would know.',
  },
  commander: {
    why: 'The command line: options, help, completion. Not in any bundle; a command line that depends on nothing else starts in a tenth of a second.',
    instead:
      "yargs, which brings packages of its own; oclif, which brings a framework; Node's parseArgs, which has no help and no commands.",
  },
  croner: {
    why: 'Cron patterns with time zones and summer time. No dependencies; only the sweep has it.',
    instead:
      'cron-parser, which brings luxon; EventBridge Scheduler, a resource for each schedule, and late by up to a minute.',
  },
  zod: {
    why: 'Schemas of tasks: types, checks at run time, and JSON Schema for the API, from one declaration.',
    instead:
      'valibot, which is smaller, and less known to those who write tasks; ajv with TypeBox, which compiles schemas by eval.',
  },
  // What deploys.
  'aws-cdk-lib': {
    why: 'The stack is a construct for other CDK apps.',
    instead: 'SAM and Serverless Framework: no typed construct to drop into an app.',
  },
  constructs: { why: "CDK's base class.", instead: 'Comes with CDK.' },
  'aws-cdk': {
    why: 'The CLI that deploys. Pinned: the tag `latest` has pointed at other things.',
    instead: 'A CLI of the machine, whose version nobody knows.',
  },
  'cdk-nag': {
    why: 'Checks every stack against the packs AwsSolutions and Serverless.',
    instead: 'cfn-guard and checkov, which need programs beside npm.',
  },
  esbuild: {
    why: 'Bundles functions, client and package; `npm start` swaps code by it.',
    instead: 'rollup and tsup: slower, or esbuild below.',
  },
  // What checks.
  node: {
    why: 'Node 24 for every command, the version that Lambda runs, whatever the machine has.',
    instead: 'nvm and volta, which must be installed first.',
  },
  typescript: {
    why: 'Types. The native compiler: the project in two seconds.',
    instead: 'TypeScript 5, the compiler in JavaScript, which is slower.',
  },
  vitest: {
    why: 'Tests: TypeScript without a step of its own, projects with a setup each.',
    instead: 'node:test, which has no projects, no fake modules and no types tested; jest, which needs a transform.',
  },
  '@biomejs/biome': {
    why: 'Format and lint in one pass of seconds.',
    instead: 'eslint with prettier: two programs with plugins of their own.',
  },
  'fast-check': {
    why: 'Inputs that nobody would think of, shrunk to the least that fails.',
    instead: 'Random inputs of ours, without shrinking.',
  },
  ajv: {
    why: 'Holds every answer of the API to its own OpenAPI document, in tests.',
    instead: 'zod itself: it made the document, and would check its own work.',
  },
  'ajv-formats': { why: 'Formats such as `uuid` and `date-time` for ajv.', instead: 'Patterns of ours.' },
  'aws-sdk-client-mock': {
    why: 'Adapters against an SDK that throttles, hangs and answers in part.',
    instead: 'The emulator, which does none of that.',
  },
  'happy-dom': {
    why: 'The page of `stint ui` in tests, without a browser.',
    instead: 'jsdom, three times the size; a browser, which every machine would have to have.',
  },
  '@types/node': { why: 'Types of Node 24.', instead: '–' },
  '@types/aws-lambda': {
    why: "Types of Lambda's events.",
    instead: "Powertools' parser, which checks at run time what AWS guarantees.",
  },
};
