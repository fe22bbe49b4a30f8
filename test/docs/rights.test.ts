import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holdersFor, may, rowsFor, TABLE_OF_RIGHTS, tableOfRights, templateOfRights } from '../../bin/docs/rights.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/rights.md'), 'utf8');
const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
const template = templateOfRights(context);

test('its table is that of the template: else run npm run docs:rights', () => {
  expect(TABLE_OF_RIGHTS.exec(page)?.[0]).toBe(tableOfRights(template));
});

test('every action that a function has on table and queues is a row', () => {
  const named = new Set(rowsFor(['default', 'other']).map(({ action }) => action));
  const policies = Object.entries(template.Resources).filter(
    ([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith('Jobs'),
  );
  expect(policies.length).toBeGreaterThan(4);
  for (const [id, { Properties }] of policies)
    for (const action of JSON.stringify(Properties).match(/(dynamodb|sqs|kms|lambda|execute-api):\w+/g) ?? [])
      expect(named, `${id} has ${action}`).toContain(action);
});

test('every row that is not there for what nobody may is somebody’s, and every holder has a row', () => {
  const queues = ['default', 'other'];
  const nobody = rowsFor(queues).filter((row) => !holdersFor(queues).some(([, id]) => may(template, id, row)));
  expect(nobody.map(({ action, place }) => `${action} on ${place.name}`)).toEqual([
    'dynamodb:DeleteItem on the table',
    'dynamodb:Scan on the table',
    'dynamodb:Query on the table',
    'sqs:SendMessage on `undeliverable`',
    'sqs:ChangeMessageVisibility on `undeliverable`',
    'sqs:SetQueueAttributes on queue `default`',
    'sqs:SetQueueAttributes on queue `other`',
    'sqs:SetQueueAttributes on `dead-letters`',
    'sqs:SetQueueAttributes on `undeliverable`',
  ]);
  for (const [, id] of holdersFor(queues)) expect(rowsFor(queues).some((row) => may(template, id, row))).toBe(true);
});
