import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Issuer {
  /** As tokens name it. */
  readonly url: string;
  /** A token with these claims, signed by this issuer unless another key is given. */
  token(claims: object, key?: KeyObject): string;
  close(): Promise<void>;
}

/** An OpenID Connect issuer on 127.0.0.1, as far as a gateway asks one: its discovery document, and its public keys. */
export async function startIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = 'key-1';
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] };
  const server = createServer((request, response) => {
    const isKeys = request.url === '/jwks.json';
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(isKeys ? jwks : { issuer: url, jwks_uri: `${url}/jwks.json` }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token(claims, key = privateKey) {
      const now = Math.floor(Date.now() / 1000);
      const all = { iss: url, aud: 'jobs', iat: now - 1, exp: now + 600, ...claims };
      const content = [{ alg: 'RS256', typ: 'JWT', kid }, all].map((part) => base64url(JSON.stringify(part))).join('.');
      return `${content}.${base64url(sign('sha256', Buffer.from(content), key))}`;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A key that no issuer published. */
export const foreignKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

const base64url = (data: string | Buffer): string => Buffer.from(data).toString('base64url');
