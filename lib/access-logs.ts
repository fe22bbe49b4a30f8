import { ArnFormat, Fn, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Who asked for what, and what became of it. No query, header or body: no secret can get here. */
const LINE = {
  time: '$context.requestTime',
  request_id: '$context.requestId',
  ip: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
  subject: '$context.authorizer.claims.sub',
  route: '$context.routeKey',
  status: '$context.status',
  error: '$context.error.message',
  integration_error: '$context.integrationErrorMessage',
  latency_ms: '$context.responseLatency',
};

/**
 * One JSON line for each request to API Gateway, those that it refuses itself among them.
 *
 * The group is named below `/aws/vendedlogs/`: for others API Gateway adds each to one policy of the whole region, and past
 * 5,120 characters the stage fails. So it is named here, after this making of the stack: the group of one before it, which is retained
 * or was left by a deploy that failed, is in nobody's way.
 */
export function accessLogs(
  scope: Construct,
  {
    retention,
    retain,
    encryptionKey,
  }: { readonly retention: logs.RetentionDays; readonly retain: boolean; readonly encryptionKey?: IKey | undefined },
): CfnStage.AccessLogSettingsProperty {
  const made = Fn.select(2, Fn.split('/', Stack.of(scope).stackId));
  const group = new logs.LogGroup(scope, 'AccessLogs', {
    logGroupName: `/aws/vendedlogs/apis/${Names.uniqueResourceName(scope, { maxLength: 200 })}-${made}`,
    retention,
    removalPolicy: retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    ...(encryptionKey && { encryptionKey }),
  });
  // Without the `:*` that the group's own ARN ends with.
  const destinationArn = Stack.of(scope).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: group.logGroupName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return { destinationArn, format: JSON.stringify(LINE) };
}
