/** A request as a signer sees it. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: string;
  readonly body: string | undefined;
}

/** Headers that say who asks. Asked before each try, so what expires can be fresh. */
export type Signer = (request: OutgoingRequest) => Promise<Readonly<Record<string, string>>>;

/** A secret, or a function that fetches it; it is asked before each request, so let it remember. */
export type Secret = string | (() => string | Promise<string>);

/** Who calls, as docs/auth.md has it. For `iam`: `sigV4()` of `client/sigv4.ts`. */
export type Auth = { readonly apiKey: Secret } | { readonly bearerToken: Secret } | Signer;

export function signerOf(auth: Auth | undefined): Signer {
  if (auth === undefined) return async () => ({});
  if (typeof auth === 'function') return auth;
  if ('apiKey' in auth) return async () => ({ 'x-api-key': await revealed(auth.apiKey) });
  return async () => ({ authorization: `Bearer ${await revealed(auth.bearerToken)}` });
}

const revealed = (secret: Secret): string | Promise<string> => (typeof secret === 'function' ? secret() : secret);
