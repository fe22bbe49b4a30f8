import { join } from 'node:path';
import { CfnOutput, CliCredentialsStackSynthesizer, Duration, type IStackSynthesizer, Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { queues } from '../../../lambdas/queues.ts';

const { timeoutSeconds, memoryMb, batchSize, maxConcurrency } = queues.default;

/** The thinnest stack that does the same work: gateway, function, queue, function, table; sizes and batches as ours. */
export class HandWiredStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id, { synthesizer: new CliCredentialsStackSynthesizer() as IStackSynthesizer });
    const table = new TableV2(this, 'Jobs', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
    });
    const queue = new Queue(this, 'Queue', { visibilityTimeout: Duration.seconds(timeoutSeconds + 5) });
    const environment = { TABLE_NAME: table.tableName, QUEUE_URL: queue.queueUrl };
    const api = this.#function('api', 256, 29, environment);
    const worker = this.#function('worker', memoryMb, timeoutSeconds, environment);
    table.grantWriteData(api);
    queue.grantSendMessages(api);
    table.grantWriteData(worker);
    worker.addEventSource(new SqsEventSource(queue, { batchSize, maxConcurrency, reportBatchItemFailures: true }));

    const http = new HttpApi(this, 'Http');
    const integration = new HttpLambdaIntegration('Function', api);
    http.addRoutes({ path: '/jobs', methods: [HttpMethod.POST], integration });
    new CfnOutput(this, 'ApiUrl', { value: http.apiEndpoint });
    new CfnOutput(this, 'TableName', { value: table.tableName });
    new CfnOutput(this, 'QueueUrl', { value: queue.queueUrl });
  }

  #function(name: string, memorySize: number, seconds: number, environment: Record<string, string>): NodejsFunction {
    return new NodejsFunction(this, name, {
      entry: join(import.meta.dirname, `${name}.ts`),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize,
      timeout: Duration.seconds(seconds),
      environment,
      bundling: {
        bundleAwsSDK: true,
        format: OutputFormat.ESM,
        minify: true,
        mainFields: ['module', 'main'],
        target: 'node24',
        banner: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
      },
    });
  }
}
