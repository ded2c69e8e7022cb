/** The kernel's witnesses as the cases use them, inside the subject: every call is a question to the runner. */
import type { Kernel, TcpRow } from "../harness/case.js";
import type { OptionReading } from "./option-names.js";

/** Asks the runner's `createKernel(...).call`. */
export type Ask = (method: string, params: object) => Promise<unknown>;

type UdpRows = Awaited<ReturnType<Kernel["udp"]>>;
type GroupRows = Awaited<ReturnType<Kernel["groups"]>>;
type Signals = Awaited<ReturnType<Kernel["signals"]>>;
type FileKind = Awaited<ReturnType<Kernel["file"]>>;

export function createKernelClient(ask: Ask): Kernel {
  return {
    descriptors: async () => (await ask("descriptors", {})) as number,
    sockets: async () => (await ask("sockets", {})) as number,
    signals: async () => (await ask("signals", {})) as Signals,
    memory: async () => (await ask("memory", {})) as number,
    processorTime: async () => (await ask("processorTime", {})) as number,
    tcp: async (port) => (await ask("tcp", { port })) as readonly TcpRow[],
    udp: async (port) => (await ask("udp", { port })) as UdpRows,
    groups: async () => (await ask("groups", {})) as GroupRows,
    counter: async (name) => (await ask("counter", { name })) as number,
    file: async (path) => (await ask("file", { path })) as FileKind,
    option: async (port, option) => (await ask("option", { place: { port }, option })) as number,
    optionAt: async (place, option) => (await ask("option", { place, option })) as OptionReading,
    ss: async (port) => (await ask("ss", { port })) as readonly string[],
    mode: async (path) => (await ask("mode", { path })) as number,
    writeFile: async (path, text) => void (await ask("writeFile", { path, text })),
  };
}
