/** For a gap that no call can refuse, because what is missing is only never told. */
import type { Feature } from "omnisock";

import type { Context } from "./case.js";

/**
 * What the refusal of a case throws once it has shown that the behaviour is really absent: the declared sentence, as a call
 * would give it.
 */
export function absence(t: Context, feature: Feature): Error {
  const support = t.sockets.supports(feature);
  const reason = support.supported ? `${feature} is supported` : support.reason;
  return Object.assign(new Error(reason), { name: "SocketError", code: "ENOTSUP" });
}
