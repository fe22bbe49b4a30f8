import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { executeApiUrl, toOutputs, writeOutputs } from '../../bin/local/outputs.ts';
import { tempDir } from './temp-dir.ts';

const stackOutputs = {
  ApiUrl: 'http://e3ad8eea.execute-api.localhost:4599',
  TableName: 'stint-Jobs',
  Queues: '{"default":"http://localhost:4599/000000000000/default"}',
  DeadLettersUrl: 'http://localhost:4599/000000000000/dead',
  UndeliverableUrl: 'http://localhost:4599/000000000000/undeliverable',
};
const urls = { api: 'http://127.0.0.1:8787', endpoint: 'http://127.0.0.1:4599' };

test('the outputs of the stack are written down in the words of scripts', () => {
  const file = join(tempDir(), '.local', 'outputs.json');

  writeOutputs(file, toOutputs(stackOutputs, urls));

  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    api_url: 'http://127.0.0.1:8787',
    endpoint_url: 'http://127.0.0.1:4599',
    table_name: 'stint-Jobs',
    queues: { default: 'http://localhost:4599/000000000000/default' },
    dead_letters_url: 'http://localhost:4599/000000000000/dead',
    undeliverable_url: 'http://localhost:4599/000000000000/undeliverable',
  });
});

test('a stack that lacks an output is refused by the name of the output', () => {
  const { TableName: _, ...lacking } = stackOutputs;

  expect(() => toOutputs(lacking, urls)).toThrow('TableName');
});

test('the API is reached by a path of the emulator', () => {
  expect(executeApiUrl(urls.endpoint, stackOutputs.ApiUrl)).toBe(
    'http://127.0.0.1:4599/_aws/execute-api/e3ad8eea/$default',
  );
});
