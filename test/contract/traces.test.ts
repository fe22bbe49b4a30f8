import { newJobStore } from './aws.ts';
import { traces } from './traces.ts';

traces(newJobStore);
