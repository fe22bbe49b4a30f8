import * as z from 'zod';
import { callEmulator, EmulatorError } from './emulator-api.ts';

/**
 * What was deployed, kept within the emulator itself: it is saved and lost together with the stack that it describes,
 * so an emulator that was killed before it saved is never taken for up to date.
 */
const PARAMETER = '/stint/deployed';

const deployedSchema = z.object({
  /** Of the sources that run, by `hashOf`. */
  hash: z.string(),
  /** Whether functions were given their code without a deploy: CloudFormation then takes older code for deployed. */
  swapped: z.boolean().default(false),
  outputs: z.record(z.string(), z.string()),
});
export type Deployed = z.infer<typeof deployedSchema>;

const parameterSchema = z.object({ Parameter: z.object({ Value: z.string() }) });

/** The last deploy that this emulator's state holds, if there was one. */
export async function readDeployed(endpoint: string): Promise<Deployed | undefined> {
  try {
    const answer = await callEmulator(endpoint, 'AmazonSSM.GetParameter', { Name: PARAMETER });
    return deployedSchema.parse(JSON.parse(parameterSchema.parse(answer).Parameter.Value));
  } catch (error) {
    if (error instanceof EmulatorError && error.answer.includes('ParameterNotFound')) return undefined;
    throw error;
  }
}

export async function writeDeployed(endpoint: string, deployed: z.input<typeof deployedSchema>): Promise<void> {
  const input = { Name: PARAMETER, Value: JSON.stringify(deployed), Type: 'String', Overwrite: true };
  await callEmulator(endpoint, 'AmazonSSM.PutParameter', input);
}
