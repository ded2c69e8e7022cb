/** Text in which backquotes mark code, as in the catalogue. */
import { type ComponentChildren, h } from "preact";

export function prose(text: string): ComponentChildren {
  return text.split("`").map((part, i) => i % 2 === 0 ? part : h("code", { key: i }, part));
}
