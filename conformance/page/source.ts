/** Where the clause that a case rests on can be read. */

export interface Clause {
  readonly text: string;
  readonly link?: string;
}

const places: readonly (readonly [pattern: RegExp, link: (match: RegExpExecArray) => string])[] = [
  [
    /RFC (\d+)(?: §([\d.]*\d))?/,
    ([, number, section]) =>
      `https://www.rfc-editor.org/rfc/rfc${number}${section === undefined ? "" : `#section-${section}`}`,
  ],
  [
    /Linux ([\w.-]+)\((\d)\)/,
    ([, name, part]) => `https://man7.org/linux/man-pages/man${part}/${name}.${part}.html`,
  ],
  [/POSIX (\w+)\(\)/, ([, name]) => `https://pubs.opengroup.org/onlinepubs/9799919799/functions/${name}.html`],
  [/WHATWG (Streams|Encoding|DOM|URL)/, ([, name = ""]) => `https://${name.toLowerCase()}.spec.whatwg.org/`],
  [/DOM AbortSignal/, () => "https://dom.spec.whatwg.org/#interface-AbortSignal"],
];

/** The source of a case, cut where a part of it can be linked. */
export function clauses(source: string): Clause[] {
  for (const [pattern, link] of places) {
    const match = pattern.exec(source);
    if (match === null) continue;
    const [text] = match;
    return [
      ...clauses(source.slice(0, match.index)),
      { text, link: link(match) },
      ...clauses(source.slice(match.index + text.length)),
    ];
  }
  return source === "" ? [] : [{ text: source }];
}
