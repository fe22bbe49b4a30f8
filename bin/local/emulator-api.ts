/**
 * Calls an operation of a JSON protocol on the emulator, for example `DynamoDB_20120810.UpdateTimeToLive`: the few
 * calls around a deploy need no SDK, and the emulator asks for no signature. Throws with the answer if it is an error.
 */
export async function callEmulator(endpoint: string, operation: string, input: object): Promise<unknown> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'x-amz-target': operation, 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok) throw new EmulatorError(operation, response.status, text);
  return text === '' ? {} : JSON.parse(text);
}

export class EmulatorError extends Error {
  readonly answer: string;

  constructor(operation: string, status: number, answer: string) {
    super(`${operation} answered ${status}: ${answer}`);
    this.name = 'EmulatorError';
    this.answer = answer;
  }
}
