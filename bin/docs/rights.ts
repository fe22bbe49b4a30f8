import { App } from 'aws-cdk-lib';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { queues } from '../../lambdas/queues.ts';
import { BackgroundJobsStack } from '../../lib/background-jobs-stack.ts';

/** A CloudFormation template, as far as rights go. */
export interface Template {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
}

/** Something that an action may be granted on: by its name on the page, and the logical id that it has in a template. */
export interface Place {
  readonly name: string;
  readonly type: string;
  /** In the logical id, at its end but for the eight digits that CDK adds. */
  readonly id: string;
  /** What comes after the ARN, such as an index. */
  readonly path?: string;
}

const TABLE: Place = { name: 'the table', type: 'AWS::DynamoDB::GlobalTable', id: 'JobsTable' };
const index = (name: string): Place => ({ ...TABLE, name: `its index \`${name}\``, path: `/index/${name}` });
const INDEXES = ['by-task', 'by-user', 'by-project', 'failed', 'attention'].map(index);
const queue = (name: string, id: string): Place => ({ name, type: 'AWS::SQS::Queue', id: `JobsQueues${id}` });
const jobQueue = (name: string): Place => queue(`queue \`${name}\``, `Jobs${name}`);
const DEAD_LETTERS = queue('`dead-letters`', 'DeadLetters');
const UNDELIVERABLE = queue('`undeliverable`', 'Undeliverable');
const logsOf = (name: string, id: string): Place => ({
  name: `log group of ${name}`,
  type: 'AWS::Logs::LogGroup',
  id: `Jobs${id}FunctionLogs`,
});

/** An action on a place, and what it is for. */
export interface Row {
  readonly action: string;
  readonly place: Place;
}

/** Every action that anyone has, and some that nobody has, on every place where it could matter. */
export function rowsFor(jobQueues: readonly string[]): readonly Row[] {
  const all = [...jobQueues.map(jobQueue), DEAD_LETTERS, UNDELIVERABLE];
  const on = (action: string, places: readonly Place[]): Row[] => places.map((place) => ({ action, place }));
  return [
    ...['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Scan', 'Query'].flatMap((action) =>
      on(`dynamodb:${action}`, [TABLE]),
    ),
    ...on('dynamodb:Query', INDEXES),
    ...[
      'SendMessage',
      'ReceiveMessage',
      'DeleteMessage',
      'ChangeMessageVisibility',
      'GetQueueAttributes',
      'SetQueueAttributes',
    ].flatMap((action) => on(`sqs:${action}`, all)),
    ...on('logs:PutLogEvents', [
      logsOf('the API', 'Api'),
      logsOf(`worker \`${jobQueues[0]}\``, `Workers${jobQueues[0]}`),
    ]),
  ];
}

/** Whose rights are told: by name, and by what the logical id of the role's policy begins with. */
export const holdersFor = (jobQueues: readonly string[]): readonly (readonly [name: string, id: string])[] => [
  ['API', 'JobsApiFunctionRole'],
  ...jobQueues.map((name) => [`worker \`${name}\``, `JobsWorkers${name}FunctionRole`] as const),
  ['bury', 'JobsBuryFunctionRole'],
  ['sweep', 'JobsSweepFunctionRole'],
  ['`grantEnqueue`', 'Enqueuer'],
  ['`grantAdmin`', 'Admin'],
];

/** The logical id of a place in a template. @throws Error where there is none, or more than one */
export function idOf({ Resources }: Template, { type, id }: Pick<Place, 'type' | 'id'>): string {
  const found = Object.keys(Resources).filter(
    (each) => Resources[each]?.Type === type && each.replace(/[0-9A-F]{8}$/, '') === id,
  );
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type} are called ${id}.`);
  return found[0] as string;
}

/** Whether a role of a template may do what a row says. */
export function may(template: Template, holder: string, { action, place }: Row): boolean {
  const resource = idOf(template, place);
  return statementsOf(template, holder).some(
    ({ Action, Resource }) =>
      [Action].flat().includes(action) && [Resource].flat().some((each) => isArnOf(each, resource, place.path ?? '')),
  );
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

function statementsOf({ Resources }: Template, holder: string): readonly Statement[] {
  const policies = Object.entries(Resources).filter(
    ([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith(holder),
  );
  const [policy, second] = policies;
  if (policy === undefined || second) throw new Error(`${policies.length} policies begin with ${holder}.`);
  const { PolicyDocument } = policy[1].Properties as { PolicyDocument: { Statement: readonly Statement[] } };
  return PolicyDocument.Statement;
}

/** `{"Fn::GetAtt": ["Table", "Arn"]}`, or that joined with a path. */
function isArnOf(value: unknown, id: string, path: string): boolean {
  const { 'Fn::GetAtt': attribute, 'Fn::Join': joined } = value as { 'Fn::GetAtt'?: unknown[]; 'Fn::Join'?: unknown[] };
  if (attribute !== undefined) return path === '' && attribute[0] === id;
  const [arn, rest] = (joined?.[1] ?? []) as readonly unknown[];
  return path !== '' && rest === path && isArnOf(arn, id, '');
}

const QUEUES = { default: queues.default, other: queues.default };

/** The stack that the page tells of: as it ships, with a second queue, and with a role for each grant. */
export function templateOfRights(context: Record<string, unknown>): Template {
  const app = new App({
    context: { ...context, 'aws:cdk:bundling-stacks': [] },
    builtinCloudFormationValidation: false,
  });
  const stack = new BackgroundJobsStack(app, 'Rights', { queues: QUEUES });
  grantAll(stack);
  return app.synth().getStackByName('Rights').template as Template;
}

/** A role for each grant, which the account may take on. */
export function grantAll(stack: BackgroundJobsStack): void {
  const role = (id: string) => new Role(stack, id, { assumedBy: new AccountRootPrincipal() });
  stack.jobs.grantEnqueue(role('Enqueuer'));
  stack.jobs.grantAdmin(role('Admin'));
}

/** The part of docs/rights.md that is made of the template. */
export const TABLE_OF_RIGHTS = /<!-- rights: npm run docs:rights -->\n[\s\S]*<!-- \/rights -->/;

export function tableOfRights(template: Template): string {
  const jobQueues = Object.keys(QUEUES);
  const holders = holdersFor(jobQueues);
  const rows = rowsFor(jobQueues).map(
    (row) =>
      `| \`${row.action}\` | ${row.place.name} | ${holders.map(([, id]) => (may(template, id, row) ? 'yes' : '–')).join(' | ')} |`,
  );
  return [
    '<!-- rights: npm run docs:rights -->',
    `| action | on | ${holders.map(([name]) => name).join(' | ')} |`,
    `|---|---|${'---|'.repeat(holders.length)}`,
    ...rows,
    '<!-- /rights -->',
  ].join('\n');
}
