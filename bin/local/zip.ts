import { crc32, deflateRawSync } from 'node:zlib';

const DEFLATE = 8;
const VERSION = 20;
/** Zip's first day, so that the same content is the same archive. */
const DATE = (1 << 5) | 1;

/** A zip archive of one file: what Lambda takes as code (APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16). */
export function zipOf(name: string, content: Uint8Array): Buffer {
  const path = Buffer.from(name);
  const data = deflateRawSync(content);
  const about = Buffer.alloc(26);
  about.writeUInt16LE(VERSION, 0);
  about.writeUInt16LE(DEFLATE, 4);
  about.writeUInt16LE(DATE, 8);
  about.writeUInt32LE(crc32(content), 10);
  about.writeUInt32LE(data.length, 14);
  about.writeUInt32LE(content.length, 18);
  about.writeUInt16LE(path.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), about, path, data]);
  const rest = Buffer.alloc(14); // Its comment, disk, attributes; and that the file starts at byte 0.
  rest.writeUInt32LE((0o100644 << 16) >>> 0, 6);
  const central = Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([VERSION, 3]), about, rest, path]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06'), end]);
}
