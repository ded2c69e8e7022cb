/** What every part of a run is given. */
import type { Peer } from "./peer.ts";
import type { Runtime } from "./subjects.ts";

export interface Bench {
  readonly root: string;
  /** `bench/` of the checkout. */
  readonly folder: string;
  readonly runtimes: readonly Runtime[];
  readonly peer: Peer;
  /** Seconds. */
  readonly timing: { readonly warmup: number; readonly seconds: number };
}
