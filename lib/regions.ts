import { Aws, CfnCondition, Fn, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { BackgroundJobsProps } from './background-jobs-props.ts';

const CHINA = /^cn-/;
const GOVCLOUD = /^us-gov-/;

/**
 * Refuses what the stack's region does not have. A stack that names none goes to that of `cdk deploy`.
 *
 * https://docs.amazonaws.cn/en_us/aws/latest/userguide/lambda.html#feature-diff
 * https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-lambda.html
 * @throws Error that says what to do
 */
export function checkRegion(scope: Construct, { frontDoor, tracing, budget }: BackgroundJobsProps): void {
  const own = Stack.of(scope).region;
  const region = Token.isUnresolved(own) ? (process.env.CDK_DEFAULT_REGION ?? '') : own;
  if (frontDoor === 'function-url' && (CHINA.test(region) || GOVCLOUD.test(region)))
    throw new Error(`frontDoor: ${region} has no function URLs. Use 'http-api'.`);
  if (tracing && CHINA.test(region)) throw new Error(`tracing: Lambda in ${region} knows no X-Ray. Leave it out.`);
  if (budget && GOVCLOUD.test(region))
    throw new Error(
      `budget: ${region} has no budgets. Make one in the account that pays for it, and leave it out here.`,
    );
}

/**
 * `RecursiveLoop` of a function that Lambda's loop detection should leave alone. Undefined where the region has none: neither China's
 * nor (https://github.com/aws/aws-lambda-roadmap/issues/18) GovCloud's have it. A condition where the region is known only when the stack
 * is deployed; an emulator's does not matter.
 */
export function loopsAllowed(scope: Construct, { local }: { readonly local: boolean }): string | undefined {
  const stack = Stack.of(scope);
  if (local) return 'Allow';
  if (!Token.isUnresolved(stack.region))
    return CHINA.test(stack.region) || GOVCLOUD.test(stack.region) ? undefined : 'Allow';
  const id = 'StintHasLoopDetection'; // one for all sets of jobs in a stack, or CDK warns of the second
  const expression = Fn.conditionEquals(Aws.PARTITION, 'aws');
  const condition =
    (stack.node.tryFindChild(id) as CfnCondition | undefined) ?? new CfnCondition(stack, id, { expression });
  return Token.asString(Fn.conditionIf(condition.logicalId, 'Allow', Aws.NO_VALUE));
}
