import { newJobStore } from './aws.ts';
import { jobStoreContract } from './job-store.ts';

jobStoreContract('DynamoDB', newJobStore);
