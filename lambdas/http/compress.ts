import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib';

/** Below it a compressed body is hardly smaller, and fits the same packet. */
const WORTH_IT_BYTES = 1_024;

/** Brotli's default of 11 takes a hundred times as long, for a tenth less. */
const BROTLI = { params: { [zlib.BROTLI_PARAM_QUALITY]: 4, [zlib.BROTLI_PARAM_MODE]: zlib.BROTLI_MODE_TEXT } };

const ENCODERS = {
  br: (body: string) => brotliCompressSync(body, BROTLI),
  gzip: (body: string) => gzipSync(body),
} as const;

/** A body as it goes to the gateway. */
export interface Sent {
  readonly body: string;
  readonly isBase64Encoded: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A body, compressed where the client takes that and it pays. A gateway that is given base64 sends the bytes.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 * @param accepts the header `Accept-Encoding`
 */
export function compressed(body: string, accepts: string | undefined): Sent {
  const vary = { vary: 'accept-encoding' };
  const encoding = Buffer.byteLength(body) < WORTH_IT_BYTES ? undefined : encodingFor(accepts ?? '');
  if (encoding === undefined) return { body, isBase64Encoded: false, headers: vary };
  const bytes = ENCODERS[encoding](body);
  return {
    body: bytes.toString('base64'),
    isBase64Encoded: true,
    headers: { ...vary, 'content-encoding': encoding },
  };
}

/** The better of our encodings that the client takes. https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding */
function encodingFor(accepts: string): keyof typeof ENCODERS | undefined {
  const refused = new Set<string>();
  const taken = new Set<string>();
  for (const part of accepts.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const isRefused = parameters.some((parameter) => /^q=0(\.0{0,3})?$/.test(parameter));
    (isRefused ? refused : taken).add(name);
  }
  const takes = (name: string) => !refused.has(name) && (taken.has(name) || taken.has('*'));
  return (['br', 'gzip'] as const).find(takes);
}
