import { inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { zipOf } from '../../bin/local/zip.ts';

test('an archive holds the file, its name and its size, and says where', () => {
  const zip = zipOf('index.mjs', Buffer.from('export const a = 1;'));

  const size = zip.readUInt32LE(18);
  const nameLength = zip.readUInt16LE(26);
  expect(zip.subarray(30, 30 + nameLength).toString()).toBe('index.mjs');
  expect(inflateRawSync(zip.subarray(39, 39 + size)).toString()).toBe('export const a = 1;');
  const end = zip.subarray(-22);
  expect(end.readUInt32LE(0)).toBe(0x06054b50);
  expect(zip.readUInt32LE(end.readUInt32LE(16))).toBe(0x02014b50);
  expect(end.readUInt32LE(12) + end.readUInt32LE(16) + 22).toBe(zip.length);
});
