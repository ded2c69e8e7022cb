/** What a column of the matrix is: a subject on a version of a runtime, its name and its place. */
import { compareVersions } from "../runner/version.js";

export interface Identity {
  readonly subject: string;
  readonly runtime: "node" | "deno" | "bun";
  readonly version: string;
  /** Operating system and architecture. */
  readonly platform: string;
}

/** Every subject that is known by name, in the order in which the columns of a runtime stand. */
export const subjectTitles: Readonly<Record<string, { readonly title: string; readonly meaning: string }>> = {
  "omnisock": { title: "omnisock", meaning: "The library, as its users import it." },
  "libc": { title: "omnisock + libc", meaning: "The library after `omnisock/libc` was imported." },
  "native": {
    title: "native API",
    meaning:
      "The runtime by itself, without a line of omnisock: node:net and node:dgram on Node, Deno.* on Deno, Bun.* on Bun.",
  },
  "node-net": {
    title: "node:net",
    meaning: "node:net and node:dgram as Deno and Bun rebuild them, without a line of omnisock.",
  },
  "node-adapter": {
    title: "omnisock/node",
    meaning: "The library over node:net and node:dgram, where its own adapter for that runtime would be the choice.",
  },
  "memory": { title: "omnisock/memory", meaning: "The library's test double, a network inside one process." },
};

export const runtimeTitles: Readonly<Record<Identity["runtime"], string>> = { node: "Node", deno: "Deno", bun: "Bun" };

const runtimes = Object.keys(runtimeTitles);
const subjects = Object.keys(subjectTitles);

export function subjectTitle(subject: string): string {
  return subjectTitles[subject]?.title ?? subject;
}

/** The name of a column, unique among columns and usable in a link. */
export function columnKey({ subject, runtime, version, platform }: Identity): string {
  return `${subject}-${runtime}-${version}-${platform.replace(" ", "-")}`;
}

/** Columns with the same track differ only in the version of the runtime. */
export function track({ subject, runtime, platform }: Identity): string {
  return `${subject}-${runtime}-${platform}`;
}

/** By runtime, then subject, then version with the newest first. The test double, which is of no runtime, is last. */
export function compareColumns(a: Identity, b: Identity): number {
  return Number(a.subject === "memory") - Number(b.subject === "memory") ||
    runtimes.indexOf(a.runtime) - runtimes.indexOf(b.runtime) ||
    place(a.subject) - place(b.subject) || compareText(a.subject, b.subject) ||
    compareText(a.platform, b.platform) || compareVersions(b.version, a.version);
}

/** How far down the versions a reader wants to see: only the newest, the newest of every major version, or all. */
export type Depth = "newest" | "major" | "all";

export function ofDepth<C extends Identity>(columns: readonly C[], depth: Depth): C[] {
  if (depth === "all") return [...columns];
  const best = new Map<string, C>();
  for (const column of columns) {
    const key = depth === "newest" ? track(column) : `${track(column)} ${Number.parseInt(column.version, 10)}`;
    const other = best.get(key);
    if (other === undefined || compareVersions(column.version, other.version) > 0) best.set(key, column);
  }
  return columns.filter((column) => [...best.values()].includes(column));
}

function place(subject: string): number {
  const index = subjects.indexOf(subject);
  return index < 0 ? subjects.length : index;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
