import { dynamoDbWaitSlots } from '../../lambdas/adapters/dynamodb/wait-slots.ts';
import { documents, newTable } from './aws.ts';
import { waitSlotsContract } from './wait-slots.ts';

waitSlotsContract('DynamoDB', async (most) => dynamoDbWaitSlots(documents, await newTable(), most));
