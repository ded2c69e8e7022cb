// Clicks through the page in headless Chromium. `zx scripts/page-test.mjs [--shots <folder>]`; without Chromium it says
// `unmet` and is content.
import { suite } from "uvu";
import * as assert from "uvu/assert";

import {
  axe,
  cases,
  clear,
  columnsOf,
  hostile,
  html,
  inventEvidence,
  inventResults,
  leave,
  makeModel,
  model,
  open,
  optionPlaces,
  pack,
  renderHtml,
  renderMarkdown,
  rowsOf,
  shot,
  unpack,
} from "./page-stage.mjs";

const pages = suite("page");

/** A test whose pages must be silent and ask for nothing; a hook of uvu that fails after a failed test would end the run. */
function test(name, action) {
  pages(name, async () => {
    await clear();
    await action();
    assert.equal(await clear(), [], "the page says nothing and asks for nothing");
  });
}

pages.after(leave);

test("the same results give the same bytes, and nothing is lost on the way into the page", () => {
  const again = makeModel(inventResults(cases), cases, inventEvidence);
  assert.is(renderHtml(again), html);
  assert.is(renderMarkdown(again), renderMarkdown(model));
  assert.equal(unpack(JSON.parse(JSON.stringify(pack(model)))), model);
  assert.ok(html.length < 2_000_000, `${html.length} characters`);
});

test("groups come first, with totals of every column; they unfold into their cases", async () => {
  const page = await open();
  const groups = new Set(cases.map((one) => one.id.split("/")[0]));
  assert.is(await page.locator("tr.group").count(), groups.size);
  assert.is(await page.locator("tr.case").count(), 0);
  const columns = await columnsOf(page);
  assert.equal(columns, ["26.10.0", "26.10.0", "2.9.5", "2.9.5", "2.9.5", "1.4.5", "1.4.5", "1.4.5"]);
  const totals = await page.locator("thead .totals .ratio").allTextContents();
  assert.is(totals.length, columns.length);
  const native = model.columns.find((one) => one.subject === "native" && one.version === "26.10.0");
  const met = native.cells.filter(({ verdict }) => verdict === "pass" || verdict === "info").length;
  assert.is(totals[1], `${met}/${cases.length}`);
  await shot(page, "matrix");
  await page.getByRole("button", { name: /^tcp\.close/ }).first().click();
  const rows = await rowsOf(page);
  assert.equal(rows.map((row) => row.id), cases.map((one) => one.id).filter((id) => id.startsWith("tcp.close/")));
  await page.getByRole("button", { name: "Unfold all" }).click();
  assert.is((await rowsOf(page)).length, cases.length);
  await page.getByRole("button", { name: "Fold all" }).click();
  assert.is((await rowsOf(page)).length, 0);
});

test("filters leave what they say, and the address repeats them", async () => {
  const page = await open();
  await page.getByRole("searchbox").fill("eof NULL");
  const found = await rowsOf(page);
  const wanted = cases.filter((one) => {
    const text = `${one.id} ${one.assertion} ${one.source}`.toLowerCase();
    return text.includes("eof") && text.includes("null");
  });
  assert.ok(wanted.length > 0);
  assert.equal(found.map((row) => row.id), wanted.map((one) => one.id));
  await page.getByRole("searchbox").fill("");
  await page.getByLabel("Group").selectOption("tcp.read");
  await page.getByLabel("Level").selectOption("SHOULD");
  const should = cases.filter((one) => one.id.startsWith("tcp.read/") && one.level === "SHOULD").map((one) => one.id);
  assert.equal((await rowsOf(page)).map((row) => row.id), should);
  await page.getByLabel("Runtime").selectOption("bun");
  await page.getByLabel("Versions").selectOption("all");
  assert.equal(await columnsOf(page), Array(3).fill(["1.4.5", "1.3.11", "1.2.23"]).flat());
  await page.getByRole("checkbox", { name: "node:net" }).uncheck();
  assert.is((await columnsOf(page)).length, 6);
  const copy = await open(new URL(page.url()).hash);
  assert.equal(await rowsOf(copy), await rowsOf(page));
  assert.is((await columnsOf(copy)).length, 6);
  await copy.getByRole("searchbox").fill("no case says this");
  await copy.getByText("No case is like that.").waitFor();
});

test("options: a row for each, natively and with libc beside each other, with what was read back", async () => {
  const page = await open();
  await page.getByRole("button", { name: "Options", exact: true }).click();
  assert.equal(await columnsOf(page), ["26.10.0", "26.10.0", "2.9.5", "2.9.5", "1.4.5", "1.4.5"]);
  const rows = await page.evaluate(() =>
    [...document.querySelectorAll("table.options tbody tr")].map((row) => ({
      name: `${row.querySelector("th .name").textContent} ${row.querySelector("th .assertion").textContent}`,
      cells: [...row.querySelectorAll("td")].map((cell) => cell.textContent),
    }))
  );
  const names = optionPlaces.map(({ option, transport, native }) => `${option} (${transport}) ${native}`);
  assert.equal(rows.map(({ name }) => name).sort(), names.sort());
  for (const { id, option, transport, native } of optionPlaces) {
    const index = model.rows.findIndex((row) => row.id === id);
    const row = rows.find(({ name }) => name === `${option} (${transport}) ${native}`);
    for (const [i, subject] of ["omnisock", "libc"].entries()) {
      const { verdict } = model.columns.find((one) => one.subject === subject && one.runtime === "node").cells[index];
      assert.is(row.cells[i], verdict === "pass" ? "✓ 1, 0" : "–", `${id} of ${subject}`);
    }
  }
  await shot(page, "options");
  await page.getByRole("searchbox").fill("udp ttl");
  assert.equal(await page.locator("table.options th .name").allTextContents(), ["multicastTtl (udp)", "ttl (udp)"]);
  const copy = await open(new URL(page.url()).hash);
  assert.is(await copy.locator("table.options tbody tr").count(), 2);
  await copy.locator("table.options td button").first().click();
  await copy.getByRole("dialog").getByText("options/udp-ip-multicast-ttl").first().waitFor();
  const text = renderMarkdown(model);
  assert.match(text, /\| `ttl` \| IP_TTL \| /);
  assert.not.match(text.slice(text.indexOf("## Gaps")), /no call sets it/);
});

test("differences only: each row has two cells that say something else, and no such row is missing", async () => {
  const page = await open();
  await page.getByLabel("differences only").check();
  const few = await rowsOf(page);
  await page.getByLabel("differences only").uncheck();
  await page.getByRole("button", { name: "Unfold all" }).click();
  const differing = (await rowsOf(page)).filter(({ cells }) => {
    const known = cells.map((cell) => cell.replace("↓", "")).filter((cell) => !/^[!?○]/.test(cell));
    return new Set(known).size > 1;
  });
  assert.ok(differing.length > 0 && differing.length < cases.length);
  assert.equal(few, differing);
});

test("a regression is marked, found, and explained by the versions that pass", async () => {
  const page = await open();
  await page.getByLabel("regressions only").check();
  const rows = await rowsOf(page);
  assert.ok(rows.length > 0);
  assert.ok(rows.every(({ cells }) => cells.some((cell) => cell.endsWith("↓"))));
  await page.locator("td .cell", { hasText: "↓" }).first().click();
  await page.locator(".finding .history", { hasText: /passes until \d/ }).waitFor();
  await shot(page, "regression");
});

test("the mouse opens details, the button and the backdrop close them", async () => {
  const page = await open("#differences=true");
  const cell = page.locator("td .cell.bad").first();
  await cell.click();
  const dialog = page.getByRole("dialog");
  const id = await dialog.getByRole("heading").first().textContent();
  const one = cases.find((other) => other.id === id);
  const text = await dialog.textContent();
  assert.ok(text.includes(one.assertion.replaceAll("`", "")));
  assert.ok(text.includes("Expected and actual") && text.includes("++null"));
  assert.ok(text.includes("Evidence") && text.includes(`ESTABLISHED ${id}`), "the trace is there");
  assert.ok(text.includes(await cell.textContent()));
  await shot(page, "details");
  await dialog.getByRole("button", { name: /^native API on Deno 2\.4\.5/ }).click();
  await dialog.getByRole("heading", { name: "native API on Deno 2.4.5" }).waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "hidden" });
  await cell.click();
  await dialog.waitFor();
  await page.mouse.click(20, 400);
  await dialog.waitFor({ state: "hidden" });
  assert.not.match(page.url(), "case=");
});

test("sources are links to their clauses", async () => {
  const one = cases.find((other) => /^RFC 9293 §[\d.]+;/.test(other.source));
  const page = await open(`#case=${one.id}`);
  const link = page.getByRole("dialog").getByRole("link").first();
  const section = /§([\d.]+);/.exec(one.source)[1];
  assert.is(await link.getAttribute("href"), `https://www.rfc-editor.org/rfc/rfc9293#section-${section}`);
});

test("the keyboard alone does all of it", async () => {
  const page = await open();
  await page.getByRole("button", { name: "Unfold all" }).focus();
  await page.keyboard.press("Tab");
  const focused = () =>
    page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent);
  const first = cases[0].id;
  const group = first.split("/")[0];
  assert.match(await focused(), new RegExp(`^${group}`));
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.is(outline, "solid", "the focus is visible");
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  assert.match(await focused(), first.split("/")[1]);
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  assert.match(await focused(), new RegExp(`^${first}, native API on Bun`));
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: "native API on Bun 1.4.5" }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  assert.match(await focused(), new RegExp(`^${first}, native API on Bun`), "the focus is back");
  await page.keyboard.press("Tab");
  assert.is(await page.evaluate(() => document.activeElement.closest("table")), null, "the table is one stop");
  await page.keyboard.press("Shift+Tab");
  assert.match(await focused(), new RegExp(`^${first}, native API on Bun`));
});

test("a link opens a case, and a link to nothing opens the page", async () => {
  const page = await open("#case=tcp.close/flushes&at=native-deno-2.6.10-linux-x64");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: "native API on Deno 2.6.10" }).waitFor();
  assert.is(await dialog.getByRole("heading").first().textContent(), "tcp.close/flushes");
  await page.evaluate(() => {
    location.hash = "#case=tcp.read/eof-null";
  });
  const other = cases.find((one) => one.id.startsWith("tcp.read/")).id;
  await page.evaluate((id) => {
    location.hash = `#case=${id}`;
  }, other);
  await dialog.getByRole("heading", { name: other }).waitFor();
  const odd = await open("#case=no/such&view=%00&depth=x&level=<b>&hidden=&open=nothing&x=%E0%A4");
  assert.is(await odd.getByRole("dialog").count(), 0);
  assert.ok(await odd.locator("tr.group").count() > 0);
});

test("defaults are a table of values, and rows that differ are marked", async () => {
  const page = await open();
  await page.getByRole("button", { name: "Defaults", exact: true }).click();
  const rows = await page.evaluate(() =>
    [...document.querySelectorAll("table.defaults tbody tr")].map((row) => ({
      id: row.querySelector(".name").textContent,
      marked: row.querySelector(".differs") !== null,
      values: [...row.querySelectorAll("td")].map((cell) => cell.textContent),
    }))
  );
  assert.equal(rows.map((row) => row.id), cases.filter((one) => one.level === "INFO").map((one) => one.id));
  for (const { id, marked, values } of rows) assert.is(marked, new Set(values).size > 1, id);
  await shot(page, "defaults");
});

test("hostile texts are shown and do nothing", async () => {
  const page = await open("#view=gaps");
  await page.getByText(hostile.slice(0, 40)).first().waitFor();
  const shown = inventResults(cases).flatMap((result) =>
    Object.entries(result.results).filter(([, { message }]) => message === hostile)
      .map(([id]) => `#case=${id}&at=${result.subject}-${result.runtime}-${result.version}-linux-x64`)
  );
  await page.evaluate((hash) => {
    location.hash = hash;
  }, shown[0]);
  await page.getByRole("dialog").getByText("</script><img src=x onerror=").first().waitFor();
  assert.is(await page.locator("img").count(), 0);
  assert.is(await page.title(), "Sockets in JavaScript runtimes: what works where");
  const markdown = renderMarkdown(model);
  assert.ok(
    markdown.includes("&lt;/script&gt;") && !/<(?!br>)/.test(markdown),
    "Markdown has no other element than br",
  );
});

for (const scheme of ["light", "dark"]) {
  test(`${scheme}: axe finds nothing wrong with names, roles and contrast`, async () => {
    const paper = [];
    for (
      const hash of [
        "#differences=true&group=tcp.close",
        "#view=defaults",
        "#view=options",
        "#view=gaps",
        "#case=tcp.close/flushes",
      ]
    ) {
      const page = await open(hash, { scheme });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      const found = violations.map(({ id, nodes }) => `${hash} ${id}: ${nodes[0].html.slice(0, 200)}`);
      assert.equal(found, []);
      paper.push(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor));
    }
    const [red] = paper[0].match(/\d+/g).map(Number);
    assert.ok(scheme === "dark" ? red < 60 : red > 200, paper[0]);
  });
}

test("on a phone the page does not scroll sideways and the names stay in sight", async () => {
  for (
    const hash of [
      "#open=tcp.close",
      "#view=defaults",
      "#view=options",
      "#view=gaps",
      "#case=tcp.close/flushes",
      "#depth=all",
    ]
  ) {
    const page = await open(hash, { width: 360, height: 740, scheme: "dark" });
    assert.is(await page.evaluate(() => document.documentElement.scrollWidth), 360, hash);
    const inner = await page.evaluate(() => document.querySelector("dialog")?.scrollWidth ?? 0);
    assert.ok(inner <= 360, `${hash}: the details are ${inner} wide`);
  }
  const page = await open("#open=tcp.close", { width: 360, height: 740 });
  const [left, top] = await page.evaluate(() => {
    const area = document.querySelector(".scroll");
    area.scrollTo(300, 300);
    const name = document.querySelector("tr.case th").getBoundingClientRect();
    return [
      area.scrollLeft > 0 ? name.left : NaN,
      document.querySelector("thead").getBoundingClientRect().top -
      area.getBoundingClientRect().top,
    ];
  });
  assert.is(left, 0);
  assert.ok(top >= 0 && top < 2, `the heads are at ${top}`);
  await shot(page, "phone");
  assert.is(await page.getByLabel("Level").isVisible(), false);
  await page.getByRole("button", { name: "Filters" }).click();
  assert.is(await page.getByLabel("Level").isVisible(), true);
});

test("on paper the whole table is there, without controls", async () => {
  // As wide as what the margins leave of a sheet.
  const page = await open("#open=tcp.close", { width: 1047, height: 718 });
  await page.emulateMedia({ media: "print" });
  assert.is(await page.getByRole("searchbox").isVisible(), false);
  const hidden = await page.evaluate(() => {
    const area = document.querySelector(".scroll");
    return [area.scrollHeight - area.clientHeight, area.scrollWidth - area.clientWidth];
  });
  assert.equal(hidden, [0, 0]);
});

pages.run();
