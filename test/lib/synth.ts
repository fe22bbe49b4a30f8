import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { BackgroundJobsStack, type BackgroundJobsStackProps } from '../../lib/background-jobs-stack.ts';

/** Two queues, which differ in every number. */
export const QUEUES = {
  default: { timeoutSeconds: 60, memoryMb: 512, batchSize: 10, maxConcurrency: 3 },
  'long-videos': { timeoutSeconds: 900, memoryMb: 2048, batchSize: 1, maxConcurrency: 2 },
} as const;

export const ENTRIES = fileURLToPath(new URL('./entries', import.meta.url));

/**
 * An app with the project's feature flags.
 *
 * Unless `whole`, it leaves out what takes long: the bundling of functions, and CDK's check of templates against
 * CloudFormation's schemas. Once is enough for these.
 */
export function newApp({ whole = false } = {}): App {
  const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));
  return new App({
    context: whole ? context : { ...context, 'aws:cdk:bundling-stacks': [] },
    builtinCloudFormationValidation: whole,
  });
}

export const synth = (props: Partial<BackgroundJobsStackProps> = {}): Template =>
  Template.fromStack(new BackgroundJobsStack(newApp(), 'Test', { queues: QUEUES, entries: ENTRIES, ...props }));

/** A resource of a template. */
export interface Resource {
  // biome-ignore lint/suspicious/noExplicitAny: the shapes are CloudFormation's
  readonly Properties: any;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

/** The resources of a type, by logical id. */
export const resources = (template: Template, type: string): Record<string, Resource> =>
  template.findResources(type) as Record<string, Resource>;

/** The one resource of a type whose logical id holds `part`, such as `Sweep`. */
export function resource(template: Template, type: string, part: string): Resource {
  const found = Object.entries(resources(template, type)).filter(([id]) => id.includes(part));
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type} have '${part}' in their id.`);
  return found[0]![1];
}

/** The parts of the logical ids by which a function of the test stack is known. */
export const FUNCTIONS = ['Api', 'Workersdefault', 'Workerslongvideos', 'Bury', 'Sweep'] as const;
