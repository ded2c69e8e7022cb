// The stage of the page's test: Chromium, and the page made from invented results of every kind.
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { argv, which } from "zx";

const names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
const executablePath = names.map((name) => which.sync(name, { nothrow: true })).find((found) => found);
if (!executablePath) {
  console.log(`unmet: none of ${names.join(", ")} is installed`);
  process.exit(0);
}

const { load } = await import("./suite.mjs");
export const { cases } = await load("cases/index.js");
export const { hostile, inventEvidence, inventResults } = await load("page/fixture.js");
export const { renderHtml } = await load("page/html.js");
export const { optionPlaces } = await load("harness/option-rows.js");
export const { renderMarkdown } = await load("page/markdown.js");
export const { makeModel } = await load("page/model.js");
export const { pack, unpack } = await load("page/pack.js");

export const model = makeModel(inventResults(cases), cases, inventEvidence);
export const html = renderHtml(model);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "omnisock-page-"));
const file = path.join(folder, "compatibility.html");
fs.writeFileSync(file, html);
const address = pathToFileURL(file).href;
/** The script of axe, which looks for what assistive technology stumbles over. */
export const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const { chromium } = await import("playwright-core");
const browser = await chromium.launch({ executablePath });
/** What the pages said, threw and asked for. */
const complaints = [];

/** A page of its own for each test; whatever it says, throws or asks for is a complaint. */
export async function open(hash = "", { width = 1280, height = 900, scheme = "light" } = {}) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
  page.setDefaultTimeout(10_000);
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => request.url().startsWith(address) || complaints.push(`request: ${request.url()}`));
  await page.goto(`${address}${hash}`);
  return page;
}

/** The ids of the cases in the matrix, and the words in their cells. */
export function rowsOf(page) {
  return page.evaluate(() => {
    let group = "";
    const rows = [];
    for (const row of document.querySelectorAll("table.matrix tbody tr")) {
      const name = row.querySelector("th .name").textContent;
      if (row.className === "group") group = name;
      else {
        const cells = [...row.querySelectorAll("td")];
        rows.push({ id: `${group}/${name}`, cells: cells.map((cell) => cell.textContent) });
      }
    }
    return rows;
  });
}

export function columnsOf(page) {
  return page.locator("thead .versions th").allTextContents();
}

export async function shot(page, name) {
  if (argv.shots) await page.screenshot({ path: path.join(String(argv.shots), `${name}.png`) });
}

/** Ends all pages, and says what they complained of. */
export async function clear() {
  await Promise.all(browser.contexts().map((context) => context.close()));
  return complaints.splice(0);
}

export async function leave() {
  await browser.close();
  fs.rmSync(folder, { recursive: true, force: true });
}
