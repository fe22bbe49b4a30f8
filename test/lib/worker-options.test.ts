import { type App, Size, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Port, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Code, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { BackgroundJobsStack, type BackgroundJobsStackProps } from '../../lib/background-jobs-stack.ts';
import { ENTRIES, FUNCTIONS, newApp, QUEUES, resource, resources } from './synth.ts';

const ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** A stack of jobs, and a VPC that another team has made. */
function setup(workerOf: (there: ReturnType<typeof network>) => BackgroundJobsStackProps['worker'], app = newApp()) {
  const there = network(app);
  const worker = workerOf(there);
  const stack = new BackgroundJobsStack(app, 'Test', { queues: QUEUES, entries: ENTRIES, ...(worker && { worker }) });
  return { app, stack, ...there, template: () => Template.fromStack(stack) };
}

function network(app: App) {
  const scope = new Stack(app, 'Network');
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: ['a', 'b'],
    privateSubnetIds: ['subnet-a', 'subnet-b'],
    isolatedSubnetIds: ['subnet-c', 'subnet-d'],
  });
  const database = SecurityGroup.fromSecurityGroupId(scope, 'Database', 'sg-database');
  return { vpc, database };
}

const policyOf = (template: Template, name: string) =>
  resource(template, 'AWS::IAM::Policy', name).Properties.PolicyDocument.Statement as {
    Action: string | string[];
    Resource: unknown;
    Condition?: unknown;
  }[];

describe('a VPC', () => {
  test('is for the worker that asks for one alone, with a security group of its own that may call anything', () => {
    const { template } = setup(
      ({ vpc }) =>
        (queue) =>
          queue === 'default' ? { vpc } : undefined,
    );
    const functions = (name: string) => resource(template(), 'AWS::Lambda::Function', name).Properties;

    expect(functions('Workersdefault').VpcConfig).toEqual({
      SubnetIds: ['subnet-a', 'subnet-b'],
      SecurityGroupIds: [{ 'Fn::GetAtt': [expect.stringMatching(/Workersdefault/), 'GroupId'] }],
    });
    for (const name of FUNCTIONS.filter((each) => each !== 'Workersdefault'))
      expect(functions(name).VpcConfig, name).toBeUndefined();
    template().hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }],
    });
  });

  test('needs rights on network interfaces, which only that worker’s role has, and Lambda alone may use', () => {
    const { template } = setup(
      ({ vpc }) =>
        (queue) =>
          queue === 'default' ? { vpc } : {},
    );

    const [given, ...others] = policyOf(template(), 'Workersdefault').filter(({ Resource }) => Resource === '*');
    expect(given).toMatchObject({
      Action: ACTIONS.toSorted(),
      Condition: { Null: { 'lambda:SourceFunctionArn': 'true' } },
    });
    expect(others).toEqual([]);
    for (const name of FUNCTIONS.filter((each) => each !== 'Workersdefault'))
      expect(JSON.stringify(policyOf(template(), name)), name).not.toContain('ec2:');
    for (const { Properties } of Object.values(resources(template(), 'AWS::IAM::Role')))
      expect(Properties.ManagedPolicyArns).toBeUndefined();
  });

  test('may be had in subnets and with security groups of one’s own', () => {
    const { template } = setup(({ vpc, database }) => () => ({
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [database],
    }));
    for (const name of ['Workersdefault', 'Workerslongvideos'])
      expect(resource(template(), 'AWS::Lambda::Function', name).Properties.VpcConfig).toEqual({
        SubnetIds: ['subnet-c', 'subnet-d'],
        SecurityGroupIds: ['sg-database'],
      });
    template().resourceCountIs('AWS::EC2::SecurityGroup', 0);
  });

  test('a database lets a worker in by its connections', () => {
    const { stack, database, template } = setup(({ vpc }) => () => ({ vpc }));
    stack.jobs.worker('default').connections.allowTo(database, Port.tcp(5432));
    template().hasResourceProperties('AWS::EC2::SecurityGroupIngress', { GroupId: 'sg-database', FromPort: 5432 });
  });

  test('without one, security groups are refused', () => {
    expect(() =>
      setup(({ database }) => () => ({ securityGroups: [database] })),
    ).toThrow(/without configuring a VPC/);
  });
});

test('/tmp may be larger', () => {
  const { template } = setup(() => (queue) => (queue === 'default' ? { ephemeralStorageSize: Size.gibibytes(2) } : {}));
  const sizes = FUNCTIONS.map(
    (name) => resource(template(), 'AWS::Lambda::Function', name).Properties.EphemeralStorage?.Size,
  );
  expect(sizes).toEqual([undefined, 2_048, undefined, undefined, undefined]);
});

test('layers and variables are added to a worker as to any function of CDK', () => {
  const { stack, template } = setup(() => undefined);
  const layer = new LayerVersion(stack, 'Layer', { code: Code.fromAsset(ENTRIES) });
  stack.jobs.worker('default').addLayers(layer);
  stack.jobs.worker('default').addEnvironment('FONTS', '/opt/fonts');
  const { Layers, Environment } = resource(template(), 'AWS::Lambda::Function', 'Workersdefault').Properties;
  expect(Layers).toHaveLength(1);
  expect(Environment.Variables.FONTS).toBe('/opt/fonts');
  expect(Token.isUnresolved(layer.layerVersionArn)).toBe(true);
});
