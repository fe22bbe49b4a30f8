import { HttpProblem } from './problem.ts';

/** How deep objects and arrays may stand in each other. Whatever walks a value recursively must not run out of stack. */
export const MAX_JSON_DEPTH = 100;

/**
 * Reads JSON that all readers understand alike: I-JSON (RFC 7493). `JSON.parse` would silently keep the last of two equal
 * names, turn 1e999 into Infinity (and that into null), and round long integers; none of it could be told from what was meant.
 *
 * @param list the name of a list in the body whose entries stand for themselves: in the place of one that is not to be trusted is its
 * HttpProblem, which spoils none of the others
 * @throws SyntaxError for what is not JSON; HttpProblem `malformed`, naming the place, for JSON that is not to be trusted
 */
export function readStrictJson(text: string, list?: string): unknown {
  const value: unknown = JSON.parse(text);
  const flawed = new Map<number, HttpProblem>();
  checkTokens(text, (levels, flaw) => {
    const [body, entries] = levels;
    const inList = list !== undefined && body?.in === 'object' && body.at === list && entries?.in === 'array';
    if (!inList) throw refusal(levels, flaw);
    if (!flawed.has(entries.at)) flawed.set(entries.at, refusal(levels, flaw));
  });
  if (list === undefined || flawed.size === 0) return value;
  const { [list]: entries } = value as Record<string, unknown[]>;
  return { ...(value as object), [list]: entries?.map((entry, i) => flawed.get(i) ?? entry) };
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+/g;

/** An object or array that is being read: the names seen so far, and where in it we are. */
type Level =
  | { readonly in: 'object'; readonly names: Set<string>; at: string | undefined }
  | { readonly in: 'array'; at: number };

/**
 * @param text valid JSON
 * @param refuse is told where a flaw stands, and goes on or throws
 */
function checkTokens(text: string, refuse: (levels: readonly Level[], flaw: string) => void): void {
  const levels: Level[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    switch (token) {
      case '{':
      case '[':
        if (levels.length === MAX_JSON_DEPTH)
          refuse(levels.slice(0, 3), `is nested deeper than ${MAX_JSON_DEPTH} levels`);
        levels.push(token === '{' ? { in: 'object', names: new Set(), at: undefined } : { in: 'array', at: 0 });
        break;
      case '}':
      case ']':
        levels.pop();
        break;
      case ',':
        if (level?.in === 'array') level.at++;
        else if (level?.in === 'object') level.at = undefined;
        break;
      case ':':
        break;
      default: {
        const flaw = level?.in === 'object' && level.at === undefined ? flawOfName(token, level) : flawOfValue(token);
        if (flaw !== undefined) refuse(levels, flaw);
      }
    }
  }
}

/** The flaw of a name, which from now on is where we are in its object. */
function flawOfName(token: string, level: Level & { in: 'object' }): string | undefined {
  const name = JSON.parse(token) as string;
  level.at = name;
  if (name === '__proto__') return 'is a name that JavaScript gives a meaning of its own: choose another';
  if (level.names.has(name)) return 'is there twice';
  level.names.add(name);
  return flawOfValue(token);
}

function flawOfValue(token: string): string | undefined {
  if (token.startsWith('"')) return flawOfString(token);
  return /^[-\d]/.test(token) ? flawOfNumber(token) : undefined;
}

/** Only an escape can stand for what neither UTF-8 nor JSON holds as such. */
function flawOfString(token: string): string | undefined {
  if (!token.includes('\\u')) return undefined;
  const text = JSON.parse(token) as string;
  return text.isWellFormed() ? undefined : 'holds half of a surrogate pair, which is no character';
}

function flawOfNumber(token: string): string | undefined {
  const value = Number(token);
  if (!Number.isFinite(value)) return 'is a number too large for a double: send it as a string';
  const kept =
    !/^-?\d+$/.test(token) || Number.isSafeInteger(value) || `${value}` === token || BigInt(value) === BigInt(token);
  return kept ? undefined : 'is an integer that a double would round: send it as a string';
}

function refusal(levels: readonly Level[], flaw: string): HttpProblem {
  const place = levels.map(({ at }) => (typeof at === 'number' ? `[${at}]` : `.${at}`)).join('');
  return new HttpProblem('malformed', `The body cannot be taken as it is: $${place} ${flaw}.`);
}
