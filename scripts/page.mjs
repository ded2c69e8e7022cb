// Makes COMPATIBILITY.md and docs/compatibility.html from the committed results, without a run.
// `zx scripts/page.mjs [--check]`; --check only says whether they are up to date.
import process from "node:process";
import { argv } from "zx";

import { load, root } from "./suite.mjs";

const { cases } = await load("cases/index.js");
const { stalePages, writePages } = await load("page/pages.js");
if (argv.check) {
  const stale = stalePages(root, cases);
  for (const name of stale) console.error(`${name} is out of date; run npx zx scripts/page.mjs`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const name of writePages(root, cases)) console.error(`wrote ${name}`);
}
