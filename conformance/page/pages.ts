/** The files that are made from the committed results, and whether they are as they should be. */
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import type { Case } from "../harness/case.js";
import { renderHtml } from "./html.js";
import { renderMarkdown } from "./markdown.js";
import { readModel } from "./model.js";

export interface Page {
  /** Relative to the root of the checkout. */
  readonly name: string;
  readonly text: string;
}

/** COMPATIBILITY.md and the HTML page from the results in `root`: the same bytes for the same results. */
export function renderPages(root: string, cases: readonly Case[]): Page[] {
  const model = readModel(path.join(root, "conformance", "results"), cases);
  return [
    { name: "COMPATIBILITY.md", text: renderMarkdown(model) },
    { name: "docs/compatibility.html", text: renderHtml(model) },
  ];
}

export function writePages(root: string, cases: readonly Case[]): string[] {
  return renderPages(root, cases).map(({ name, text }) => {
    const file = path.join(root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    // In one step, so that no reader, and no run that is cut, sees half a page.
    const fresh = `${file}.${process.pid}`;
    fs.writeFileSync(fresh, text);
    fs.renameSync(fresh, file);
    return name;
  });
}

/** The names of the pages that are missing or differ from what the results say. */
export function stalePages(root: string, cases: readonly Case[]): string[] {
  return renderPages(root, cases).filter(({ name, text }) => {
    const file = path.join(root, name);
    return !fs.existsSync(file) || fs.readFileSync(file, "utf8") !== text;
  }).map(({ name }) => name);
}
