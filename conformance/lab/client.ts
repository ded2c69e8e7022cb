/** The network as the cases use it, inside the subject: every call is a question to the runner. */
import type { Capture, Link, NameLog, Network, Query, Segment } from "../harness/network.js";
import { createPeer } from "../peer/client.js";

/** Asks the runner by the method's full name. */
export type Ask = (method: string, params: object) => Promise<unknown>;

export function createNetwork(ask: Ask): Network {
  return {
    route: async (kind, prefix) => void (await ask("network:route", { kind, prefix })),
    async link(): Promise<Link> {
      const ends = (await ask("network:link", {})) as Pick<Link, "near" | "distant" | "silent">;
      return {
        ...ends,
        far: createPeer((method, params) => ask(`far:${method}`, params)),
        setUp: async (up) => void (await ask("network:setUp", { up })),
        unreachable: async (segment, code) => void (await ask("far:unreachable", { segment, code })),
        shape: async (limits) => void (await ask("network:shape", limits)),
      };
    },
    async capture({ port }): Promise<Capture> {
      const capture = await ask("peer:capture", { port });
      return { segments: async () => (await ask("peer:segments", { socket: capture })) as readonly Segment[] };
    },
    inject: async (segment) => void (await ask("peer:inject", { segment })),
    async resolver(zone): Promise<NameLog> {
      await ask("network:serve", { zone });
      return { queries: async () => (await ask("network:queries", {})) as readonly Query[] };
    },
    sysctl: async (name, value) => void (await ask("network:sysctl", { name, value: `${value}` })),
    address: async (prefix) => void (await ask("network:address", { prefix })),
    kill: async (port) => void (await ask("network:kill", { port })),
  };
}
