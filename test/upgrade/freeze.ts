/**
 * Freezes what today's code writes as the fixtures of a version: `node test/upgrade/freeze.ts v2`. To be run once, when the shape
 * of records or messages has changed; the folders of earlier versions stay, and their tests go on.
 */
import { freeze } from './fixture.ts';

const version = process.argv[2] ?? '';
if (!/^v[1-9]\d*$/.test(version)) throw new Error('Say which version: node test/upgrade/freeze.ts v2');
console.log(`${await freeze(version)} fixtures in test/upgrade/fixtures/${version}/`);
