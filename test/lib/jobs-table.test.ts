import { expect, test } from 'vitest';
import { type Resource, resources, synth } from './synth.ts';

const tableOf = (props: Parameters<typeof synth>[0] = {}): Resource =>
  Object.values(resources(synth(props), 'AWS::DynamoDB::GlobalTable'))[0]!;
const table = tableOf();

test('the table is billed per request and has no fixed name, so a redeploy never meets an old one', () => {
  expect(table.Properties.BillingMode).toBe('PAY_PER_REQUEST');
  expect(table.Properties.TableName).toBeUndefined();
  expect(table.Properties.KeySchema).toEqual([{ AttributeName: 'pk', KeyType: 'HASH' }]);
});

test('expired records are deleted by the attribute ttl', () => {
  expect(table.Properties.TimeToLiveSpecification).toEqual({ AttributeName: 'ttl', Enabled: true });
});

test('the table can be restored to any second of the last 35 days', () => {
  expect(table.Properties.Replicas[0].PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
});

test('the table has these indexes and no other: DynamoDB adds or deletes one per stack update, so change one per release', () => {
  const indexes = table.Properties.GlobalSecondaryIndexes.map(
    (index: { IndexName: string; KeySchema: { AttributeName: string }[] }) =>
      `${index.IndexName}: ${index.KeySchema.map((key) => key.AttributeName).join(', ')}`,
  );
  expect(indexes).toEqual([
    'by-task: by_task, created_at',
    'by-user: by_user, created_at',
    'by-project: by_project, created_at',
    'failed: by_task, failed_at',
    'attention: shard, due_at',
  ]);
  const types = table.Properties.AttributeDefinitions.map(
    (attribute: { AttributeName: string; AttributeType: string }) =>
      `${attribute.AttributeName} ${attribute.AttributeType}`,
  );
  expect(types.toSorted()).toEqual([
    'by_project S',
    'by_task S',
    'by_user S',
    'created_at N',
    'due_at N',
    'failed_at N',
    'pk S',
    'shard N',
  ]);
});

test('every index holds keys only', () => {
  for (const index of table.Properties.GlobalSecondaryIndexes)
    expect(index.Projection).toEqual({ ProjectionType: 'KEYS_ONLY' });
});

test('the table outlives the stack and refuses to be deleted, unless it is for development or local', () => {
  expect(table.DeletionPolicy).toBe('Retain');
  expect(table.Properties.Replicas[0].DeletionProtectionEnabled).toBe(true);
  for (const passing of [tableOf({ retain: false }), tableOf({ local: true })]) {
    expect(passing.DeletionPolicy).toBe('Delete');
    expect(passing.Properties.Replicas[0].DeletionProtectionEnabled).toBe(false);
  }
});
