// `npm run deploy:localstack`: the app of bin/app.ts in a LocalStack that runs already, behind the function's own URL.
import { dirname, join } from 'node:path';
import { bootstrapCdk, deploy } from './local/deploy.ts';
import { checkLocalstack, localstackUrl } from './local/localstack.ts';
import { toOutputs, writeOutputs } from './local/outputs.ts';
import { Complaint, createSteps, StepFailed } from './local/steps.mjs';

const root = dirname(import.meta.dirname);
const local = join(root, '.local', 'localstack');
const steps = createSteps({ cwd: root });

try {
  const endpoint = localstackUrl();
  await checkLocalstack(endpoint);
  const log = join(local, 'cdk.log');
  const options = {
    root,
    endpoint,
    // LocalStack's free edition has no API Gateway v2.
    context: { local: 'true', frontDoor: 'function-url' },
    assemblyDir: join(local, 'cdk.out'),
    log,
  };
  await steps.run('cdk bootstrap', () => bootstrapCdk(options), { log });
  const stackOutputs = await steps.run('cdk deploy', () => deploy(options), { log });
  const api = (stackOutputs.ApiUrl ?? '').replace(/\/$/, '');
  const file = join(local, 'outputs.json');
  writeOutputs(file, toOutputs(stackOutputs, { api, endpoint }));
  steps.line(`  outputs: ${file}`);
  steps.line(
    `  curl -s -X POST ${api}/tasks/trigger-test -H 'content-type: application/json' -d '{"message": "Hello"}'`,
  );
} catch (error) {
  if (error instanceof Complaint) console.error(error.message);
  else if (!(error instanceof StepFailed)) throw error;
  process.exitCode = 1;
}
