import { newJobStore } from './aws.ts';
import { jobListsContract } from './job-lists.ts';

jobListsContract('DynamoDB', newJobStore);
