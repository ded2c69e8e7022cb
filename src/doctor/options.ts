/** Socket options, each tried on a socket of its own: set, and read back where libc is there. */
import { isOpeningOption, isReadOnly, optionNames, socketOptions } from "../core/option-table.ts";
import type { OptionName, OptionTransport, SocketOptionValues } from "../core/socket-options.ts";
import type { Sockets } from "../core/sockets.ts";
import { attempt, type Cleanup, type Outcome } from "./attempt.ts";
import { pair, temporaryPath } from "./features.ts";

const loopback = "127.0.0.1";

/** Two values to try, of which one differs from what is set already. */
type Values = { readonly [Name in OptionName]?: readonly [SocketOptionValues[Name], SocketOptionValues[Name]] };

const values: Values = {
  device: ["lo", ""],
  broadcast: [true, false],
  incomingCpu: [0, 1],
  keepAlive: [true, false],
  lingerTime: [3_000, false],
  mark: [7, 0],
  priority: [3, 0],
  recvBufferSize: [30_000, 40_000],
  recvLowWater: [2, 1],
  reuseAddress: [true, false],
  reusePort: [true, false],
  sendBufferSize: [30_000, 40_000],
  freebind: [true, false],
  mtuDiscover: ["dont", "do"],
  multicastAll: [false, true],
  multicastInterface: [loopback, "0.0.0.0"],
  multicastLoopback: [false, true],
  multicastTtl: [3, 4],
  recvError: [true, false],
  typeOfService: [0x20, 0x40],
  transparent: [true, false],
  ttl: [33, 44],
  ipv6Only: [true, false],
  congestion: ["reno", "cubic"],
  tcpCork: [true, false],
  deferAccept: [3_000, 7_000],
  fastOpen: [5, 6],
  fastOpenConnect: [true, false],
  keepAliveCount: [4, 5],
  keepAliveIdle: [11_000, 12_000],
  keepAliveInterval: [3_000, 4_000],
  finTimeout: [5_000, 6_000],
  maxSegment: [1_000, 1_100],
  noDelay: [false, true],
  notSentLowWater: [16_384, 8_192],
  quickAck: [false, true],
  synCount: [3, 4],
  userTimeout: [20_000, 30_000],
  gro: [true, false],
  segment: [500, 600],
};

/** What the trials need of a socket. */
interface Subject {
  setOption(name: OptionName, value: unknown): void;
  getOption(name: OptionName): unknown;
}

/** Every option of every transport, by the names of `supports()`. `reads`: libc is there to read back. */
export async function tryOptions(
  sockets: Sockets,
  { reads }: { readonly reads: boolean },
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  for (const transport of ["tcp", "udp", "unix"] as const) {
    for (const option of optionNames) {
      if (!socketOptions[option].on.includes(transport)) continue;
      const trial = (cleanup: Cleanup) => tryOption(sockets, { transport, option, reads, cleanup });
      outcomes.set(`${transport}.${option}`, await attempt(trial));
    }
  }
  return outcomes;
}

interface Trial {
  readonly transport: OptionTransport;
  readonly option: OptionName;
  readonly reads: boolean;
  readonly cleanup: Cleanup;
}

async function tryOption(sockets: Sockets, trial: Trial): Promise<string | boolean> {
  const { option, reads } = trial;
  if (isReadOnly(option)) return told((await open(sockets, trial)).getOption(option));
  const pair = values[option];
  if (pair === undefined) throw new TypeError(`nothing to try ${option} with`);
  if (isOpeningOption(option) || socketOptions[option].agreed) {
    const socket = await open(sockets, trial, { [option]: pair[0] });
    return reads ? same(socket.getOption(option), pair[0]) : told(pair[0]);
  }
  const socket = await open(sockets, trial);
  const value = reads && sameValue(socket.getOption(option), pair[0]) ? pair[1] : pair[0];
  socket.setOption(option, value);
  return reads ? same(socket.getOption(option), value) : told(value);
}

async function open(sockets: Sockets, { transport, option, cleanup }: Trial, given: object = {}): Promise<Subject> {
  if (transport === "udp") {
    const ipv6 = option === "ipv6Only";
    const socket = await sockets.bind({ host: ipv6 ? "::" : loopback, ...given });
    cleanup.add(() => socket.close());
    if (option === "mtu") await socket.connect({ host: loopback, port: 9 });
    return socket as unknown as Subject;
  }
  if (transport === "unix") {
    const path = await temporaryPath(cleanup);
    const listener = await sockets.listen({ path, ...given });
    cleanup.add(() => listener.close());
    const accepting = listener.accept();
    accepting.catch(() => {});
    const client = await sockets.connect({ path });
    cleanup.add(() => client.close({ timeout: 0 }));
    cleanup.add(await accepting.then((server) => () => server.close({ timeout: 0 })));
    return client as unknown as Subject;
  }
  const { listener = false } = socketOptions[option];
  if (option === "fastOpenConnect") return (await pair(sockets, cleanup, given)).client as unknown as Subject;
  if (!listener && Object.keys(given).length === 0) return (await pair(sockets, cleanup)).client as unknown as Subject;
  const socket = await sockets.listen({ host: option === "ipv6Only" ? "::" : loopback, ...given });
  cleanup.add(() => socket.close());
  return socket as unknown as Subject;
}

/** Linux doubles the sizes of buffers and rounds times up to its own steps. */
function sameValue(found: unknown, wanted: unknown): boolean {
  if (typeof found === "number" && typeof wanted === "number") return found === wanted || found === 2 * wanted;
  return found === wanted;
}

function same(found: unknown, wanted: unknown): string | false {
  const near = typeof found === "number" && typeof wanted === "number" && found >= wanted && found <= 4 * wanted;
  return sameValue(found, wanted) || near ? told(found) : false;
}

function told(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
