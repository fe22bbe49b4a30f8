import { expect, test } from 'vitest';
import { resources, synth } from './synth.ts';

const budgets = (props: Parameters<typeof synth>[0]) =>
  Object.values(resources(synth(props), 'AWS::Budgets::Budget')).map(({ Properties }) => Properties);
const topicArn = 'arn:aws:sns:us-east-1:123456789012:bill';

test('there is no budget unless one is asked for, and none in the local cloud, which does not know it', () => {
  expect(budgets({})).toEqual([]);
  expect(budgets({ local: true, auth: 'none', budget: { dollars: 20, mailTo: ['ops@example.org'] } })).toEqual([]);
});

test('a budget is of the month, of the services that Stint uses, and tells at 80 %, when all is forecast, and when it is spent', () => {
  const [budget, ...others] = budgets({ budget: { dollars: 20, mailTo: ['ops@example.org'], topicArn } });

  expect(others).toEqual([]);
  expect(budget.Budget).toMatchObject({
    BudgetType: 'COST',
    TimeUnit: 'MONTHLY',
    BudgetLimit: { Amount: 20, Unit: 'USD' },
    CostFilters: { Service: expect.arrayContaining(['AWS Lambda', 'Amazon DynamoDB', 'Amazon Simple Queue Service']) },
  });
  expect(budget.Budget.BudgetName).toBeUndefined();
  const told = [
    { SubscriptionType: 'EMAIL', Address: 'ops@example.org' },
    { SubscriptionType: 'SNS', Address: topicArn },
  ];
  expect(budget.NotificationsWithSubscribers).toEqual(
    [
      ['ACTUAL', 80],
      ['FORECASTED', 100],
      ['ACTUAL', 100],
    ].map(([NotificationType, Threshold]) => ({
      Notification: {
        NotificationType,
        Threshold,
        ComparisonOperator: 'GREATER_THAN',
        ThresholdType: 'PERCENTAGE',
      },
      Subscribers: told,
    })),
  );
});

test.each([
  [{ dollars: 20 }, /whom it tells/],
  [{ dollars: 0, topicArn }, /above 0/],
  [{ dollars: Number.NaN, topicArn }, /above 0/],
  [{ dollars: 20, mailTo: Array.from({ length: 11 }, (_, i) => `p${i}@example.org`) }, /ten addresses/],
])('a budget that AWS would refuse, or that tells nobody, is refused: %j', (budget, why) => {
  expect(() => budgets({ budget })).toThrow(why);
});
