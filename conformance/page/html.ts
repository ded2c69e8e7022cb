/** The static page: one file with its data, its script and its style inside, which loads nothing. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { fileURLToPath } from "node:url";

import { buildSync } from "esbuild";

import type { Model } from "./model.js";
import { pack } from "./pack.js";

/** Pure in the model: texts of results are only ever data, which the script shows as text. */
export function renderHtml(model: Model): string {
  const script = bundle();
  const style = fs.readFileSync(fileURLToPath(new URL("../../conformance/page/style.css", import.meta.url)), "utf8");
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
