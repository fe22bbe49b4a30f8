import { expect, test } from 'vitest';
import { FUNCTIONS, resource, resources, synth } from './synth.ts';

const RIGHTS = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];

test('without the prop no function is traced, and none has a right that tracing needs: it costs nothing', () => {
  const template = synth();
  for (const { Properties } of Object.values(resources(template, 'AWS::Lambda::Function')))
    expect(Properties.TracingConfig).toBeUndefined();
  expect(JSON.stringify(template.toJSON())).not.toContain('xray:');
});

test('with it every function is, and each may send its traces and nothing more of X-Ray', () => {
  const template = synth({ tracing: true });
  for (const name of FUNCTIONS) {
    expect(resource(template, 'AWS::Lambda::Function', name).Properties.TracingConfig).toEqual({ Mode: 'Active' });
    const policies = Object.entries(resources(template, 'AWS::IAM::Policy')).filter(([id]) => id.includes(name));
    const actions = policies.flatMap(([, { Properties }]) =>
      Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
    );
    expect(actions.filter((action) => action.startsWith('xray:')).toSorted()).toEqual(RIGHTS);
  }
});
