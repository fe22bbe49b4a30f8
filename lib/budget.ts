import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Construct } from 'constructs';

/** What a month should not cost, and who is told. */
export interface Budget {
  /** US dollars a month, of all that the account spends on the services that Stint uses. */
  readonly dollars: number;
  /** Mail addresses that are told, ten at most. Default: none. */
  readonly mailTo?: readonly string[];
  /** ARN of an SNS topic that is told, and lets `budgets.amazonaws.com` publish. Default: none. */
  readonly topicArn?: string;
}

/** As AWS's bills name them. A filter by tag would show nothing until somebody activates the tag for billing. */
const SERVICES = [
  'AWS Lambda',
  'Amazon DynamoDB',
  'Amazon Simple Queue Service',
  'Amazon API Gateway',
  'AmazonCloudWatch',
];

/** When somebody is told: in percent, of what was spent, or of what the month will come to. */
const THRESHOLDS = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'FORECASTED', threshold: 100 },
  { notificationType: 'ACTUAL', threshold: 100 },
];

/**
 * A budget of AWS for the month, which tells somebody; it stops nothing. AWS looks at the bill up to three times a day.
 * https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html
 * @throws Error for a sum that is none, and where nobody is told
 */
export class BudgetAlarm extends Construct {
  constructor(scope: Construct, id: string, { dollars, mailTo = [], topicArn }: Budget) {
    super(scope, id);
    if (!(dollars > 0 && Number.isFinite(dollars))) throw new Error(`budget.dollars must be above 0, not ${dollars}.`);
    if (mailTo.length > 10) throw new Error('budget.mailTo: AWS tells ten addresses at most. Name a list, or a topic.');
    const subscribers = [
      ...mailTo.map((address) => ({ subscriptionType: 'EMAIL', address })),
      ...(topicArn === undefined ? [] : [{ subscriptionType: 'SNS', address: topicArn }]),
    ];
    if (subscribers.length === 0) throw new Error('budget: name whom it tells, by mailTo or topicArn.');
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: dollars, unit: 'USD' },
        costFilters: { Service: SERVICES },
      },
      notificationsWithSubscribers: THRESHOLDS.map((each) => ({
        notification: { ...each, comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE' },
        subscribers,
      })),
    });
  }
}
