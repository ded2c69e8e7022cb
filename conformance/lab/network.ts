/** What a case may do to the namespace it runs in, served by the runner, and how each of it is undone. */
import type { Environment } from "../harness/case.js";
import type { Link, Zone } from "../harness/network.js";
import { FarEnd, fault } from "../runner/far-end.js";
import { type Namespace, openNamespace } from "./namespace.js";

interface Params {
  readonly kind: string;
  readonly prefix: string;
  readonly up: boolean;
  readonly rate: number;
  readonly queue: number;
  readonly zone: Zone;
  readonly name: string;
  readonly value: string;
  readonly port: number;
}

/** Addresses that are for documentation (RFC 5737, RFC 3849), so that they mean nothing outside. */
const link: Pick<Link, "near" | "distant" | "silent"> = {
  near: {
    name: "near0",
    index: 70,
    ipv4: ["198.51.100.1", "198.51.100.11"],
    ipv6: ["2001:db8:6f6d::1", "2001:db8:6f6d::11"],
    linkLocal: "fe80::1",
    broadcast: "198.51.100.255",
  },
  distant: {
    name: "far0",
    index: 71,
    ipv4: ["198.51.100.2", "198.51.100.12"],
    ipv6: ["2001:db8:6f6d::2", "2001:db8:6f6d::12"],
    linkLocal: "fe80::2",
    broadcast: "198.51.100.255",
  },
  silent: { ipv4: "192.0.2.1", ipv6: "2001:db8:6f6d:1::1" },
};

export class NetworkLab {
  readonly #near: Namespace;
  #far: Promise<Namespace> | undefined;
  /** The raw peer in the second namespace. */
  readonly farEnd: FarEnd = new FarEnd(async () => (await this.#distant()).enter);
  /** In the order in which it was done. */
  readonly #undo: (() => Promise<unknown>)[] = [];

  constructor(near: Namespace) {
    this.#near = near;
  }

  /** What cases can count on in the namespace. */
  async survey(): Promise<readonly Environment[]> {
    return await this.#near.keeper.call("survey", {}) as Environment[];
  }

  async answer(method: string, params: object): Promise<unknown> {
    const run = Object.hasOwn(this.#methods, method) ? this.#methods[method] : undefined;
    if (run === undefined) throw fault(`the lab does not know ${method}`);
    try {
      return await run(params as Params);
    } catch (error) {
      throw fault((error as Error).message);
    }
  }

  /** Puts back what cases changed, the last change first. */
  async restore(): Promise<void> {
    for (const action of this.#undo.splice(0).reverse()) await action().catch(() => {});
  }

  async stop(): Promise<void> {
    await this.farEnd.stop();
    await (await this.#far?.catch(() => undefined))?.keeper.stop();
    await this.#near.keeper.stop();
  }

  readonly #methods: Readonly<Record<string, (params: Params) => Promise<unknown>>> = {
    route: ({ kind, prefix }) => this.#ip([`route add ${kind} ${prefix}`], [`route del ${kind} ${prefix}`]),
    address: ({ prefix }) =>
      this.#ip([`addr add ${prefix} dev lo${prefix.includes(":") ? " nodad" : ""}`], [`addr del ${prefix} dev lo`]),
    link: () => this.#link(),
    setUp: async ({ up }) => {
      const far = await this.#distant();
      await ip(far, [`link set ${link.distant.name} ${up ? "up" : "down"}`]);
      if (up) await this.#ready(far);
    },
    shape: ({ rate, queue }) => this.#near.keeper.call("shape", { interface: link.near.name, rate, queue }),
    serve: async ({ zone }) => {
      this.#undo.push(() => this.#near.keeper.call("serve", { zone: {} }));
      await this.#near.keeper.call("serve", { zone });
    },
    queries: () => this.#near.keeper.call("queries", {}),
    sysctl: async ({ name, value }) => {
      const before = await this.#near.keeper.call("sysctl", { name, value });
      this.#undo.push(() => this.#near.keeper.call("sysctl", { name, value: before }));
    },
    kill: ({ port }) => this.#near.keeper.call("kill", { filter: ["--tcp", "sport", "=", `:${port}`] }),
  };

  async #ip(commands: readonly string[], undoing: readonly string[]): Promise<void> {
    await ip(this.#near, commands);
    this.#undo.push(() => ip(this.#near, undoing));
  }

  /** Opened when first needed, and kept for the cases after that. */
  #distant(): Promise<Namespace> {
    return this.#far ??= openNamespace();
  }

  async #link(): Promise<typeof link> {
    const { near, distant, silent } = link;
    const far = await this.#distant();
    const pair = `link add ${near.name} index ${near.index} type veth ` +
      `peer name ${distant.name} index ${distant.index} netns ${far.keeper.pid}`;
    await this.#ip([pair], [`link del ${near.name}`]);
    // By itself the far end would answer that it is no router.
    await ip(far, [...setUp(distant), ...Object.values(silent).map((address) => `route replace blackhole ${address}`)]);
    await ip(this.#near, [
      ...setUp(near),
      `route add ${silent.ipv4}/32 via ${distant.ipv4[0]}`,
      `route add ${silent.ipv6}/128 via ${distant.ipv6[0]}`,
    ]);
    await this.#ready(far);
    return link;
  }

  async #ready(far: Namespace): Promise<void> {
    const ready = (namespace: Namespace, { name }: Link["near"]): Promise<unknown> =>
      namespace.keeper.call("ready", { name });
    await Promise.all([ready(this.#near, link.near), ready(far, link.distant)]);
  }
}

function setUp({ name, ipv4, ipv6, linkLocal, broadcast }: Link["near"]): string[] {
  return [
    `link set ${name} addrgenmode none`,
    `link set ${name} up`,
    ...ipv4.map((address) => `addr add ${address}/24 broadcast ${broadcast} dev ${name}`),
    ...ipv6.map((address) => `addr add ${address}/64 dev ${name} nodad`),
    `addr add ${linkLocal}/64 dev ${name} nodad`,
  ];
}

async function ip(namespace: Namespace, commands: readonly string[]): Promise<void> {
  await namespace.keeper.call("ip", { commands });
}
