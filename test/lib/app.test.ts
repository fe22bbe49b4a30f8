import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';

const APP = fileURLToPath(new URL('../../bin/app.ts', import.meta.url));

/** Runs the app as the CDK command line does, without bundling: its one stack, by name. */
async function runApp(
  context: Record<string, string>,
): Promise<{ name: string; template: Template; manifest: string }> {
  const out = await mkdtemp(join(tmpdir(), 'stint-app-'));
  try {
    const { context: flags } = JSON.parse(await readFile(new URL('../../cdk.json', import.meta.url), 'utf8'));
    const env = {
      ...process.env,
      CDK_OUTDIR: out,
      CDK_CONTEXT_JSON: JSON.stringify({ ...flags, ...context, 'aws:cdk:bundling-stacks': [] }),
      CDK_VALIDATION: 'false',
    };
    await promisify(execFile)(process.execPath, [APP], { env });
    const files = (await readdir(out)).filter((file) => file.endsWith('.template.json'));
    expect(files).toHaveLength(1);
    const file = files[0]!;
    return {
      name: file.replace('.template.json', ''),
      template: Template.fromString(await readFile(join(out, file), 'utf8')),
      manifest: await readFile(join(out, 'manifest.json'), 'utf8'),
    };
  } finally {
    await rm(out, { recursive: true });
  }
}

const retained = { DeletionPolicy: 'Retain' };
const signed = { AuthorizationType: 'AWS_IAM' };

test('without a flag the app is a stack for development: signed requests, and a table that goes with it', async () => {
  const { name, template } = await runApp({});
  expect(name).toBe('stint-dev');
  template.hasResourceProperties('AWS::ApiGatewayV2::Route', signed);
  template.resourcePropertiesCountIs('AWS::Lambda::Function', { Environment: { Variables: { LOG_LEVEL: 'INFO' } } }, 4);
  expect(template.findResources('AWS::DynamoDB::GlobalTable', retained)).toEqual({});
});

test('-c stage=prod keeps the table, and protects table and stack from deletion', async () => {
  const { name, template, manifest } = await runApp({ stage: 'prod' });
  expect(name).toBe('stint-prod');
  template.hasResourceProperties('AWS::ApiGatewayV2::Route', signed);
  template.hasResource('AWS::DynamoDB::GlobalTable', retained);
  expect(manifest).toContain('"terminationProtection": true');
});

test('-c local=true is the same stack for the local cloud: open, talkative, nothing kept', async () => {
  const { name, template, manifest } = await runApp({ local: 'true' });
  expect(name).toBe('stint-local');
  expect(template.findResources('AWS::ApiGatewayV2::Route', { Properties: signed })).toEqual({});
  template.resourcePropertiesCountIs(
    'AWS::Lambda::Function',
    { Environment: { Variables: { LOG_LEVEL: 'DEBUG' } } },
    4,
  );
  for (const { DeletionPolicy } of Object.values(
    template.toJSON().Resources as Record<string, { DeletionPolicy?: string }>,
  ))
    expect(DeletionPolicy ?? 'Delete').toBe('Delete');
  expect(manifest).not.toContain('assumeRoleArn');
});

test('-c alarmTo names whom alarms tell, by commas; a variable that is empty names nobody', async () => {
  const told = async (alarmTo: string) => {
    const { template } = await runApp({ stage: 'prod', alarmTo });
    const subscriptions = Object.values(template.findResources('AWS::SNS::Subscription'));
    return subscriptions.map(({ Properties }) => Properties.Endpoint).toSorted();
  };
  expect(await told('ada@example.com, https://pager.example.com/hook')).toEqual([
    'ada@example.com',
    'https://pager.example.com/hook',
  ]);
  expect(await told('')).toEqual([]);
});

test('an unknown stage is refused, with those there are', async () => {
  await expect(runApp({ stage: 'staging' })).rejects.toThrow(
    /Unknown stage 'staging': give -c stage=dev or -c stage=prod/,
  );
});

test('-c architecture=x86_64 is for regions without arm64; another is refused', async () => {
  const { template } = await runApp({ architecture: 'x86_64' });
  template.allResourcesProperties('AWS::Lambda::Function', { Architectures: ['x86_64'] });
  await expect(runApp({ architecture: 'x86' })).rejects.toThrow(/Unknown architecture 'x86'/);
});
