/** Sockets that were told nothing but where, and their options as the kernel has them. */
import type { Context, Environment } from "./case.js";
import { acceptedEnds, clientEnds, listening, soon } from "./tcp.js";
import { openUdp } from "./udp.js";

/** A socket of the library: its name in a recorded value, and its local port, which it has for itself. */
export interface Specimen {
  readonly name: string;
  readonly port: number;
}

/** What reading the options of another process takes. */
export const inKernel: readonly Environment[] = ["kernel", "proc", "root"];

export async function listener(t: Context, host?: string): Promise<Specimen> {
  return { name: "listener", port: (await listening(t, { host })).address.port };
}

export async function client(t: Context, host?: string): Promise<Specimen> {
  return { name: "client", port: (await clientEnds(t, { host })).conn.localAddress.port };
}

/** Its listener, which had the same port, is closed. */
export async function accepted(t: Context, host?: string): Promise<Specimen> {
  const { conn, server } = await acceptedEnds(t, { host });
  await t.within(soon, "close of the listener", server.close());
  return { name: "accepted", port: conn.localAddress.port };
}

export async function udp(t: Context, host: string = "127.0.0.1"): Promise<Specimen> {
  const socket = await openUdp(t, { host });
  return { name: "udp", port: socket.address.port };
}

/** One of each kind of TCP socket. */
export async function everyTcp(t: Context, host?: string): Promise<readonly Specimen[]> {
  return [await listener(t, host), await client(t, host), await accepted(t, host)];
}

/** `"LEVEL NAME"` of one socket. */
export function option(t: Context, { port }: Specimen, which: string): Promise<number> {
  const [level = "", name = ""] = which.split(" ");
  return t.kernel.option(port, { level, name });
}

/** One text for what several sockets have: once if they agree, else by name. */
export function summary(values: readonly (readonly [name: string, value: string | number])[]): string {
  const [first] = values;
  if (values.every(([, value]) => value === first?.[1])) return String(first?.[1]);
  return values.map(([name, value]) => `${name}: ${value}`).join(", ");
}

/** What each of the sockets has of an option, in one text. */
export async function across(
  t: Context,
  specimens: readonly Specimen[],
  which: string,
  tell: (value: number) => string | number = (value) => value,
): Promise<string> {
  const values: (readonly [string, string | number])[] = [];
  for (const specimen of specimens) values.push([specimen.name, tell(await option(t, specimen, which))]);
  return summary(values);
}
