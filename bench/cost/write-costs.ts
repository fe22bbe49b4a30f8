// `npm run docs:costs`: writes the tables into docs/costs.md, where a test holds them to what was measured.
import { publish } from '../figures.ts';
import { costPage } from './cost-page.ts';

for (const [name, figures] of Object.entries(costPage())) publish('costs', name, figures);
