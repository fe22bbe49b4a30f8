/**
 * The CDK app of the tests of rights: the project's own API behind each kind of `auth`, on one table and one queue that
 * nobody works off. All else of a stack plays no part, and would take long to deploy.
 */
import { join } from 'node:path';
import { App, CfnOutput, CliCredentialsStackSynthesizer, type IStackSynthesizer, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { queues } from '../../../lambdas/queues.ts';
import { Api } from '../../../lib/api.ts';
import type { Auth, PrincipalLimits } from '../../../lib/auth.ts';
import { JobQueues } from '../../../lib/job-queues.ts';
import { JobsTable } from '../../../lib/jobs-table.ts';

const app = new App();
const stack = new Stack(app, 'stint-auth', { synthesizer: new CliCredentialsStackSynthesizer() as IStackSynthesizer });

const table = new JobsTable(stack, 'Table', { retain: false });
const made = new JobQueues(stack, 'Queues', { queues, maxReceiveCount: 100, enforceSSL: false });
const wiring = {
  entries: join(import.meta.dirname, '../../../lambdas'),
  table,
  queues: made.byName,
  deadLetters: made.deadLetters,
  logLevel: 'DEBUG',
  logRetention: RetentionDays.ONE_DAY,
} as const;

function api(id: string, auth: Auth, limits?: PrincipalLimits): Api {
  const often = { rate: 100, burst: 200 };
  const scope = new Construct(stack, id);
  const props = {
    wiring,
    auth,
    limits,
    fixedId: true,
    throttle: often,
    waitThrottle: often,
    maxWaits: 2,
    undeliverable: made.undeliverable,
  };
  const each = new Api(scope, 'Api', props);
  new CfnOutput(stack, `${id}Url`, { value: each.url });
  return each;
}

const role = (name: string) => new iam.Role(stack, name, { assumedBy: new iam.AccountRootPrincipal() });
const roles = { admin: role('Admin'), user: role('User'), unlisted: role('Unlisted'), stranger: role('Stranger') };
const signed = api('Iam', {
  mode: 'iam',
  callers: [
    { arn: roles.admin.roleArn, role: 'admin' },
    { arn: roles.user.roleArn, role: 'user' },
  ],
});
for (const grantee of [roles.admin, roles.user, roles.unlisted]) signed.grantInvoke(grantee);
api('Jwt', { mode: 'jwt', issuer: String(app.node.tryGetContext('issuer')), audience: ['jobs'] });
api('Key', { mode: 'api-key' }, { user: { requestsPerSecond: 0.2, burst: 60 }, queuedJobsPerUser: 60 });

for (const [name, { roleArn }] of Object.entries(roles)) new CfnOutput(stack, `${name}Role`, { value: roleArn });
new CfnOutput(stack, 'ApiUrl', { value: signed.url }); // By it `deploy` knows the stack.
new CfnOutput(stack, 'KeyTable', { value: table.tableName });
