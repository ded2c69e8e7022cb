/** What is tested, from the module that holds it: an omnisock API, or a driver behind the facade. */
import type { Feature, Sockets } from "omnisock";

import { driverFault, type Foreign, foreignSockets } from "./foreign.js";
import type { Driver } from "../drivers/driver.js";

export interface Library {
  readonly sockets: Sockets;
  /** A library of somebody else's may have no list of features. */
  readonly features?: readonly Feature[];
  readonly foreign?: Foreign;
}

/** Throws a sentence that says what is missing if the module is neither. */
export function libraryOf(module: object): Library {
  const { default: main } = module as { default?: unknown };
  for (const candidate of [module, main]) {
    if (isSockets(candidate)) return { sockets: candidate, ...features(module) };
  }
  if (main === undefined) {
    throw new Error(
      "the module has neither a default export (a driver) nor connect, listen, bind, lookup and supports",
    );
  }
  const fault = driverFault(main);
  if (fault !== undefined) throw new Error(fault);
  const foreign = foreignSockets(main as Driver);
  return { sockets: foreign.sockets, foreign };
}

const functions = ["connect", "listen", "bind", "lookup", "supports"] as const;

function isSockets(given: unknown): given is Sockets {
  const members = Object(given) as Partial<Record<string, unknown>>;
  return functions.every((name) => typeof members[name] === "function");
}

function features(module: { features?: readonly Feature[] }): Pick<Library, "features"> {
  return module.features === undefined ? {} : { features: module.features };
}
