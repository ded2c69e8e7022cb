/** The table of socket options: who sets each of them, the runtime by itself or libc. */
import { optionPlaces } from "../harness/option-rows.js";
import type { Column, Mark, Model } from "./model.js";

export interface OptionLine {
  readonly id: string;
  readonly option: string;
  readonly transport: string;
  /** As the manual names it. */
  readonly native: string;
  /** Of the case, among the rows of the model. */
  readonly index: number;
}

/** By option, and for each the transports. */
export function optionLines({ rows }: Pick<Model, "rows">): OptionLine[] {
  return optionPlaces.map((place) => ({ ...place, index: rows.findIndex(({ id }) => id === place.id) }))
    .filter(({ index }) => index >= 0)
    .sort((a, b) => a.option < b.option ? -1 : a.option > b.option ? 1 : a.transport < b.transport ? -1 : 1);
}

/** True if the id is of the case of an option, which this table shows. */
export function isOptionCase(id: string): boolean {
  return ids.has(id);
}

const ids: ReadonlySet<string> = new Set(optionPlaces.map(({ id }) => id));

/** The values that were set and read back, or why not. */
export function readBack({ verdict, value }: Mark): string {
  if (verdict === "pass") return `✓ ${value ?? ""}`.trimEnd();
  return verdict === "unsupported" ? "–" : "";
}

/** Who sets it: `native`, `libc`, `no`, or `?` where nothing is known. */
export function setBy(native: Mark | undefined, libc: Mark | undefined): "native" | "libc" | "no" | "?" {
  if (native?.verdict === "pass") return "native";
  if (libc?.verdict === "pass") return "libc";
  return libc === undefined || native === undefined || ["notrun", "unmet"].includes(libc.verdict) ? "?" : "no";
}

/** The same version of the same runtime with libc. */
export function withLibc(columns: readonly Column[], column: Column): Column | undefined {
  return columns.find((other) =>
    other.subject === "libc" && other.runtime === column.runtime && other.version === column.version &&
    other.platform === column.platform
  );
}
