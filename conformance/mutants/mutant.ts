/** A defect that a maintainer could really make, as one exchange of text in the compiled library. */
import type { RuntimeName, Subject } from "../runner/subjects.js";

export interface Mutant {
  /** Permanent, in kebab case. */
  readonly name: string;
  /** The defect, in one sentence. */
  readonly what: string;
  /** As it is compiled and not yet bundled, for instance `build/core/stream.js`. */
  readonly file: string;
  /** Must occur exactly once in the file; otherwise the mutant is stale. */
  readonly find: string;
  readonly replace: string;
  /** The subject that has the defect, for instance `omnisock@node`. */
  readonly on: `${Subject["name"]}@${RuntimeName}`;
  /**
   * The cases of which at least one must see it. If they are MUST cases, a SHOULD case does not count. A mutant that names
   * no MUST case is of a guarantee that the suite does not demand, and does not enter the score.
   */
  readonly cases: readonly string[];
}
