import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { JobsTable } from '../../lib/jobs-table.ts';

/** The stack's own table, as CreateTable takes it: what JobsTable makes is what is tested and measured. */
export function tableDefinition(): Omit<CreateTableCommandInput, 'TableName'> {
  const stack = new Stack(new App(), 'Test');
  new JobsTable(stack, 'Jobs', { retain: false });
  const [table] = Object.values(Template.fromStack(stack).findResources('AWS::DynamoDB::GlobalTable'));
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode } = table?.Properties ?? {};
  return { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode };
}
