/**
 * Two ways to spend less of the processor that were declined, with what each would gain:
 * docs/decisions/0041-what-the-sdk-does-on-each-call-is-done-once.md and 0042-one-call-for-each-claim.md.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { BatchExecuteStatementCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type Answering, sink } from './stub.ts';
import type { Send } from './thinnest.ts';

const [REGION, SERVICE, ACCESS_KEY, SECRET] = ['us-east-1', 'dynamodb', 'test', 'test'];
const HOST = `${SERVICE}.${REGION}.amazonaws.com`;

/** An update as signed JSON, without the SDK: no retries, no clock correction, no endpoints, no time bounds. */
export function byHand(answering: Answering): Send {
  let key: { readonly day: string; readonly of: KeyObject } | undefined;
  const keyOf = (day: string) => {
    if (key?.day === day) return key.of;
    const hmac = (secret: string | Buffer, text: string) => createHmac('sha256', secret).update(text).digest();
    const made = [REGION, SERVICE, 'aws4_request'].reduce(hmac, hmac(`AWS4${SECRET}`, day));
    key = { day, of: createSecretKey(made) };
    return key.of;
  };
  return async ({ Key, ExpressionAttributeValues, ...rest }) => {
    const values = { Key: marshall(Key ?? {}), ExpressionAttributeValues: marshall(ExpressionAttributeValues ?? {}) };
    const body = Buffer.from(JSON.stringify({ ...rest, ...values }));
    const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
    const day = time.slice(0, 8);
    const headers = { host: HOST, 'x-amz-date': time, 'x-amz-target': 'DynamoDB_20120810.UpdateItem' };
    const names = Object.keys(headers).join(';');
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
    const canonical = ['POST', '/', '', lines.join(''), names, hash('sha256', body)].join('\n');
    const scope = `${day}/${REGION}/${SERVICE}/aws4_request`;
    const toSign = ['AWS4-HMAC-SHA256', time, scope, hash('sha256', canonical)].join('\n');
    const signature = createHmac('sha256', keyOf(day)).update(toSign).digest('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=${ACCESS_KEY}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    const { response } = await answering.handle({ body, headers: { ...headers, authorization } });
    const chunks: Buffer[] = [];
    for await (const chunk of response.body) chunks.push(chunk as Buffer);
    const { Attributes } = JSON.parse(Buffer.concat(chunks).toString()) as { Attributes?: never };
    return Attributes && unmarshall(Attributes);
  };
}

/** Our claim as PartiQL would say it, without its second case (a lease that has ended). */
const CLAIM = `UPDATE "jobs" SET "status"='active' SET "attempt"="attempt"+1 SET "owner"=? SET "lease_expires_at"=? SET "started_at"=?
REMOVE "due_at" REMOVE "progress" WHERE "pk"=? AND "run"=? AND "dispatch"<=? AND "attempt"<"attempt_limit"
AND "status"='queued' AND "scheduled_at"<=? RETURNING ALL NEW *`;

/** The claims of a batch in one call, and nothing else of a worker. */
export function claimsAtOnce(client: DynamoDBClient) {
  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const now = String(Date.now());
    const Statements = Records.map(({ body }) => {
      const { job_id } = JSON.parse(body) as { job_id: string };
      const owner = { S: 'a-random-token-of-22-ch' };
      const Parameters = [owner, { N: now }, { N: now }, { S: job_id }, { S: job_id }, { N: '1' }, { N: now }];
      return { Statement: CLAIM, Parameters, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const };
    });
    const { Responses = [] } = await client.send(new BatchExecuteStatementCommand({ Statements }));
    for (const { Item } of Responses) {
      if (unmarshall(Item ?? {}).status !== 'active') throw new Error('A claim was refused.');
      sink.write('');
    }
    return { batchItemFailures: [] };
  };
}
