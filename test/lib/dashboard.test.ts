import { expect, test } from 'vitest';
import { METRICS } from '../../lambdas/core/metrics.ts';
import { STAGES } from '../../lib/stages.ts';
import { resources, synth } from './synth.ts';

interface Widget {
  readonly type: string;
  readonly properties: { readonly title: string; readonly alarms?: readonly string[]; readonly metrics?: unknown[][] };
}

/** The widgets of the one dashboard; what CloudFormation fills in stands as its name. */
function widgets(props: Parameters<typeof synth>[0]): Widget[] {
  const [dashboard] = Object.values(resources(synth(props), 'AWS::CloudWatch::Dashboard'));
  const body = dashboard!.Properties.DashboardBody;
  const text = body['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : refName(part))).join('');
  return JSON.parse(text).widgets;
}

const refName = (part: unknown): string => {
  const { Ref, 'Fn::GetAtt': attribute } = part as { Ref?: string; 'Fn::GetAtt'?: string[] };
  return Ref ?? attribute!.join('.');
};
const titled = (all: readonly Widget[], title: string) =>
  all.find(({ properties }) => properties.title.startsWith(title))!;

test('prod has a dashboard, for $3 a month; nothing else has, unless it is asked for', () => {
  synth(STAGES.prod).resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  for (const props of [{}, STAGES.dev, { local: true }]) synth(props).resourceCountIs('AWS::CloudWatch::Dashboard', 0);
});

test('every alarm stands at its top', () => {
  const [first] = widgets(STAGES.prod);
  expect(first!.type).toBe('alarm');
  const count = Object.keys(resources(synth(STAGES.prod), 'AWS::CloudWatch::Alarm')).length;
  expect(first!.properties.alarms).toHaveLength(count);
});

test('it shows every metric of jobs, by task, found when somebody looks', () => {
  const shown = JSON.stringify(widgets({ dashboard: true }));
  for (const name of Object.keys(METRICS))
    expect(shown).toContain(
      JSON.stringify(`SEARCH('{"Stint/Test/Jobs",queue,task_name} MetricName="${name}"'`).slice(1, -1),
    );
});

test('it shows depth and age of each queue', () => {
  const all = widgets({ dashboard: true });
  expect(titled(all, 'Messages that wait').properties.metrics).toHaveLength(4);
  expect(titled(all, 'Age of the oldest').properties.metrics).toHaveLength(2);
  expect(titled(all, 'Functions that crashed').properties.metrics).toHaveLength(5);
});

test('what is not there is not shown: alarms, metrics of jobs, an HTTP API', () => {
  const all = widgets({ dashboard: true, alarms: false, metrics: false, frontDoor: 'function-url' });
  expect(all.filter(({ type }) => type === 'alarm')).toEqual([]);
  expect(JSON.stringify(all)).not.toContain('SEARCH');
  expect(titled(all, 'Requests, and those')).toBeUndefined();
  expect(titled(widgets({ dashboard: true }), 'Requests, and those')).toBeDefined();
});

test('its graphs stand three in a row, and none on another', () => {
  const at = (JSON.parse(JSON.stringify(widgets(STAGES.prod))) as { x: number; y: number; width: number }[]).map(
    ({ x, y }) => `${x},${y}`,
  );
  expect(new Set(at).size).toBe(at.length);
});
