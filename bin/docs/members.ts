/** A member of an interface or class, as its source declares it. */
export interface Member {
  readonly name: string;
  /** `name?: string` or `name(given: string): void`, in one line. */
  readonly signature: string;
  readonly isOptional: boolean;
  /** Its doc comment as one paragraph; of a tag such as `@param`, what follows the tag's word. Empty where there is none. */
  readonly comment: string;
}

/** Comment and declaration of a public member, at the indentation of one that stands in no other. */
const MEMBER =
  /(?:^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^ {2}((?:readonly )?(\w+)(\?)?(?:\([^{}]*?\): [^{;]+|:\s[^;]+))(?:;| \{)$/gm;

/**
 * The public members of an exported interface or class, in order, by their text alone: for sources that the formatter has laid out.
 * @throws Error where the source declares no such thing
 */
export function membersOf(source: string, declaration: string): readonly Member[] {
  const start = new RegExp(`^export (?:interface|class) ${declaration}\\b.*\\{$`, 'm').exec(source);
  if (start === null) throw new Error(`There is no ${declaration}.`);
  const body = source.slice(start.index + start[0].length);
  return [...body.slice(0, body.indexOf('\n}\n') + 1).matchAll(MEMBER)].map(
    ([, comment = '', signature = '', name = '', optional]) => ({
      name,
      signature: inOneLine(signature.replace(/^readonly /, '')),
      isOptional: optional !== undefined,
      comment: inOneLine(
        comment
          .replace(/^\s*\* ?/gm, ' ')
          .replace(/@param (\w+)/g, '`$1`:')
          .replace(/@throws (\w+)/g, 'Throws `$1`'),
      ),
    }),
  );
}

const inOneLine = (text: string): string => text.replace(/\s+/g, ' ').replace('( ', '(').replace(', )', ')').trim();
