/** Of each socket option: that it alone is set nowhere, or that what is read of it is made up. */
import { optionPlaces, optionRows, readOnlyOptions, type Settable } from "../harness/option-rows.js";
import type { Mutant } from "./mutant.js";

type ReadOnly = keyof typeof readOnlyOptions;

const access = "build/core/option-access.js";

/** Cases of single options beside those of the table. */
const further: { readonly [Option in Settable]?: readonly string[] } = {
  deferAccept: ["options/wire-defer-accept"],
  fastOpenConnect: ["options/wire-fast-open"],
  reusePort: ["options/reuse-port-before-bind"],
  segment: ["options/segment-cuts"],
};

const settable = Object.keys(optionRows) as Settable[];
const readOnly = Object.keys(readOnlyOptions) as ReadOnly[];

function casesOf(option: string): readonly string[] {
  return optionPlaces.filter((place) => place.option === option).map(({ id }) => id);
}

/** What Node sets by calls of its own although there is libc. */
const native: ReadonlySet<string> = new Set<Settable>(["keepAlive", "noDelay"]);

/** By the one call that sets options of open sockets, or by the one that says what libc is to be told. */
function unset(option: Settable): Mutant {
  const [find, nothing] = native.has(option)
    ? ["        if (isOpeningOption(option)) {", ""]
    : ["    return inKernel(kernel, option, family).map(", " []"];
  return {
    name: `unset-${kebab(option)}`,
    what: `${option} is taken and set nowhere.`,
    file: access,
    find,
    replace: `if (option === "${option}") return${nothing};\n${find}`,
    on: "libc@node",
    cases: [...casesOf(option), ...further[option] ?? []],
  };
}

function invented(option: ReadOnly): Mutant {
  const find =
    "            return codec.decode(kernel.getOption(this.#target.identity(), native, codec.length), kernel);";
  return {
    name: `invented-${kebab(option)}`,
    what: `${option} is not what the kernel says.`,
    file: access,
    find,
    replace: `if (name === "${option}") return { pid: 1, state: 1 };\n${find}`,
    on: "libc@node",
    cases: casesOf(option),
  };
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export const mutants: readonly Mutant[] = [...settable.map(unset), ...readOnly.map(invented)];
