/** What the reader chose to see, and the part of the address that says it, so that every sight is a link. */
import type { Depth } from "../column.js";

export type View = "matrix" | "defaults" | "options" | "gaps";

export interface State {
  readonly view: View;
  readonly depth: Depth;
  readonly group: string;
  readonly level: string;
  readonly runtime: string;
  readonly text: string;
  readonly differences: boolean;
  readonly regressions: boolean;
  /** Subjects that are not shown. */
  readonly hidden: readonly string[];
  /** Groups that are unfolded though nothing is searched for, and those that are folded though something is. */
  readonly open: readonly string[];
  readonly folded: readonly string[];
  /** The case whose details are shown, and the column they are of. */
  readonly case: string;
  readonly at: string;
}

export const initial: State = {
  view: "matrix",
  depth: "newest",
  group: "",
  level: "",
  runtime: "",
  text: "",
  differences: false,
  regressions: false,
  hidden: ["libc", "node-adapter", "memory"],
  open: [],
  folded: [],
  case: "",
  at: "",
};

/** The members that differ from the initial state, as `#name=value&name=value`. */
export function formatHash(state: State): string {
  const parts = Object.entries(state).flatMap(([name, value]) => {
    const [now, before] = [String(value), String(initial[name as keyof State])];
    return now === before ? [] : [`${name}=${encodeURIComponent(now).replaceAll("%2F", "/").replaceAll("%2C", ",")}`];
  });
  return parts.length === 0 ? "" : `#${parts.join("&")}`;
}

/** The state that a hash names; what is unknown in it is left out. */
export function parseHash(hash: string): State {
  const parameters = new URLSearchParams(hash.replace(/^#/, "").replaceAll("+", "%2B"));
  return {
    view: oneOf(parameters.get("view"), ["matrix", "defaults", "options", "gaps"]) ?? initial.view,
    depth: oneOf(parameters.get("depth"), ["newest", "major", "all"]) ?? initial.depth,
    group: parameters.get("group") ?? initial.group,
    level: oneOf(parameters.get("level"), ["MUST", "SHOULD", "MAY", "INFO"]) ?? initial.level,
    runtime: oneOf(parameters.get("runtime"), ["node", "deno", "bun"]) ?? initial.runtime,
    text: parameters.get("text") ?? initial.text,
    differences: parameters.get("differences") === "true",
    regressions: parameters.get("regressions") === "true",
    hidden: list(parameters.get("hidden")) ?? initial.hidden,
    open: list(parameters.get("open")) ?? initial.open,
    folded: list(parameters.get("folded")) ?? initial.folded,
    case: parameters.get("case") ?? initial.case,
    at: parameters.get("at") ?? initial.at,
  };
}

function list(value: string | null): string[] | undefined {
  return value?.split(",").filter((name) => name !== "");
}

function oneOf<Name extends string>(value: string | null, names: readonly Name[]): Name | undefined {
  return names.find((name) => name === value);
}
