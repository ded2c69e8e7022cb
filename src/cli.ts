#!/usr/bin/env node
/**
 * `omnisock doctor`: what this runtime, system, user and set of permissions can do, found by trying it on loopback.
 *
 * Runs on Node, Deno and Bun. Exit codes: 0 the report was made, 2 wrong usage.
 */
import { readFile } from "node:fs/promises";
import { arch, platform, release, userInfo } from "node:os";
import { parseArgs } from "node:util";
import { adapter } from "#adapter";
import { createSockets } from "./core/sockets.ts";
import { attempt, type Outcome } from "./doctor/attempt.ts";
import { tryFamilies } from "./doctor/families.ts";
import { tryFeatures } from "./doctor/features.ts";
import { tryOptions } from "./doctor/options.ts";
import { type Finding, type Report, text } from "./doctor/report.ts";

const usage = `Usage: omnisock doctor [--json]

Tries on loopback what sockets can do here: on this runtime and system, as this user, with these permissions;
first with the runtime's own API, then with omnisock/libc, where that can be loaded.
`;

async function main(): Promise<number> {
  let command: string | undefined;
  let json: boolean;
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { json: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
    });
    if (values.help) {
      process.stdout.write(usage);
      return 0;
    }
    [command] = positionals;
    json = values.json;
    if (command !== "doctor" || positionals.length > 1) throw new TypeError("there is one command, doctor");
  } catch (error) {
    process.stderr.write(`omnisock: ${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  const report = await examine();
  process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : text(report));
  return 0;
}

async function examine(): Promise<Report> {
  const sockets = createSockets(adapter);
  const features = await tryFeatures(sockets);
  const options = await tryOptions(sockets, { reads: false });
  const libc = await attempt(loadLibc);
  const again = libc.works
    ? { features: await tryFeatures(sockets), options: await tryOptions(sockets, { reads: true }) }
    : undefined;
  return {
    runtime: adapter.runtime,
    os: `${platform()} ${release()} ${arch()}`,
    user: user(),
    version: await version(),
    libc,
    features: findings(features, again?.features),
    options: findings(options, again?.options),
    families: libc.works ? Object.fromEntries(await tryFamilies()) : {},
  };
}

async function loadLibc(): Promise<string> {
  await import("./libc/index.ts");
  return (await import("#libc")).library.name;
}

function findings(
  native: ReadonlyMap<string, Outcome>,
  libc: ReadonlyMap<string, Outcome> | undefined,
): Readonly<Record<string, Finding>> {
  return Object.fromEntries(
    [...native].map(([name, outcome]) => {
      const other = libc?.get(name);
      return [name, other === undefined ? { native: outcome } : { native: outcome, libc: other }];
    }),
  );
}

/** Deno tells it only with a permission. */
function user(): string {
  try {
    const { username, uid } = userInfo();
    return `${username} (${uid})`;
  } catch {
    return "an unknown user";
  }
}

async function version(): Promise<string> {
  try {
    const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8");
    return (JSON.parse(manifest) as { version: string }).version;
  } catch {
    return "of unknown version";
  }
}

process.exitCode = await main();
