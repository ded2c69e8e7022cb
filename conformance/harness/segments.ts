/** Reading a capture: which segments went which way, and waiting for them. */
import type { Context } from "./case.js";
import type { Capture, Flag, Segment } from "./network.js";
import { endpoint, type Ends, type HostPort, type Role, soon } from "./tcp.js";
import { ends } from "./traffic.js";

export function has(segment: Segment, ...flags: readonly Flag[]): boolean {
  return flags.every((flag) => segment.flags.includes(flag));
}

/** The first segments of active opens. */
export function openings(segments: readonly Segment[]): readonly Segment[] {
  return segments.filter((segment) => has(segment, "SYN") && !has(segment, "ACK"));
}

/** Without repetitions: a retransmission has the sequence number of a segment before it. */
export function distinct(segments: readonly Segment[]): readonly Segment[] {
  const keys = segments.map(({ from, to, sequence }) => `${from.host} ${from.port} ${to.host} ${to.port} ${sequence}`);
  return segments.filter((_, i) => keys.indexOf(keys[i] as string) === i);
}

/** The segments that `sender` sent. */
export function sentBy(segments: readonly Segment[], sender: { readonly port: number }): readonly Segment[] {
  return segments.filter(({ from }) => from.port === sender.port);
}

/** Waits until as many segments as wanted fulfil a condition, and gives those. */
export async function recorded(
  t: Context,
  capture: Capture,
  what: string,
  wanted: number,
  condition: (segment: Segment) => boolean,
): Promise<readonly Segment[]> {
  let found: readonly Segment[] = [];
  await t.until(soon, what, async () => {
    found = (await capture.segments()).filter(condition);
    return found.length >= wanted;
  });
  return found;
}

/** A connection whose segments are recorded from now on; `near` is the library's end. */
export async function recordedEnds(
  t: Context,
  role: Role,
): Promise<Ends & { readonly near: HostPort; readonly capture: Capture }> {
  const both = await ends(t, role);
  const near = endpoint(both.conn.localAddress);
  return { ...both, near, capture: await t.network.capture({ port: near.port }) };
}
