/** The static page: one file with its data, its script and its style inside, which loads nothing. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { buildSync } from "esbuild";

import type { Model } from "./model.js";
import { pack } from "./pack.js";

/** In the order in which they overrule each other. */
const sheets = ["page", "tables", "verdicts", "defaults", "legend", "details", "narrow", "paper"];

/** The compiled suite lies beside the folder of its sources, which alone has the style. */
const styles = fileURLToPath(new URL("../../conformance/page/style/", import.meta.url));

/** Pure in the model: texts of results are only ever data, which the script shows as text. */
export function renderHtml(model: Model): string {
  const script = bundle();
  const style = sheets.map((name) => fs.readFileSync(path.join(styles, `${name}.css`), "utf8")).join("\n");
  const policy = `default-src 'none'; img-src data:; script-src ${digest(script)}; style-src ${digest(style)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sockets in JavaScript runtimes: what works where</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<noscript>This page needs JavaScript; COMPATIBILITY.md says the same in plain text.</noscript>
<div id="page"></div>
<script type="application/json" id="data">${embed(pack(model))}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** The script of the page with all it imports, as one classic script, which also runs from a file. */
function bundle(): string {
  const { outputFiles: [output] } = buildSync({
    entryPoints: [fileURLToPath(new URL("./client/main.js", import.meta.url))],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "es2022",
    platform: "browser",
    charset: "utf8",
    // A tsconfig.json above would have its say.
    tsconfigRaw: "{}",
    banner: { js: "/* Contains Preact, (c) 2015-present Jason Miller, MIT licence: https://preactjs.com */" },
  });
  if (output === undefined) throw new Error("esbuild gave no script");
  return output.text.trimEnd();
}

/** JSON in which no text can end the script element. */
function embed(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function digest(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
