/** Options of an open socket: set by the runtime's own calls where it has them, and else, as they are read, through libc. */
import type { Adapter } from "./adapter.ts";
import type { Address } from "./address.ts";
import { checkBuffer, checkInteger } from "./arguments.ts";
import { type Operation, SocketError, wrap } from "./errors.ts";
import { type Kernel, kernelOf, type NativeOption, type OptionValue, type SocketIdentity } from "./kernel.ts";
import { checkOption, checkOptionName, type Setting } from "./option-arguments.ts";
import { isOpeningOption, isReadOnly, levels, type Native, type Row, socketOptions } from "./option-table.ts";
import type { Codec } from "./option-values.ts";
import type { OptionName, OptionTransport, SocketOptionValues } from "./socket-options.ts";

/** What a socket's options need of it. */
export interface OptionTarget {
  readonly adapter: Adapter;
  readonly transport: OptionTransport;
  /** Of the kernel's socket; an IPv6 one may have IPv4 addresses. */
  readonly family: Address["family"];
  /** What the runtime's own call can set on it; listeners and libc's own sockets have none. */
  readonly native:
    | { setOption<Name extends OptionName>(name: Name, value: SocketOptionValues[Name]): void }
    | undefined;
  /** Whether it is a connection. */
  readonly connection: boolean;
  /** Asked once for each call of the kernel, since the descriptor may be a copy that has to be closed. */
  identity(): SocketIdentity;
  /** For messages. */
  address(): string;
  /** Throws if the socket is closed or broken. */
  assertOpen(operation: "getOption" | "setOption"): void;
}

/** The options of one socket. Every failure is a `SocketError`, but for wrong arguments. */
export class OptionAccess {
  readonly #target: OptionTarget;

  constructor(target: OptionTarget) {
    this.#target = target;
  }

  set(name: unknown, value: unknown): void {
    const option = checkOptionName(this.#target.transport, "setOption", name);
    const settings = checkOption(option, value);
    this.#target.assertOpen("setOption");
    this.apply(settings);
  }

  /** Sets what is checked already. */
  apply(settings: readonly Setting[]): void {
    for (const [option, value] of settings) this.#call("setOption", () => this.#apply(option, value));
  }

  get<Name extends OptionName>(name: Name): SocketOptionValues[Name] {
    const { adapter, transport, family } = this.#target;
    checkOptionName(transport, "getOption", name);
    this.#target.assertOpen("getOption");
    return this.#call("getOption", () => {
      const kernel = kernelOf(adapter);
      if (kernel === undefined) {
        throw notSupported("getOption", isReadOnly(name) ? optionGap(adapter, transport, name) : readGap(adapter));
      }
      const gap = kernelGap(kernel, name);
      if (gap !== undefined) throw notSupported("getOption", gap);
      const [{ native, codec }] = inKernel(kernel, name, family);
      return codec.decode(kernel.getOption(this.#target.identity(), native, codec.length), kernel);
    });
  }

  /** getsockopt(2) of at most so many bytes, or setsockopt(2) of these, by number. */
  raw(option: NativeOption, value: Uint8Array | number): Uint8Array {
    const { adapter } = this.#target;
    const reads = typeof value === "number";
    const operation = reads ? "getOption" : "setOption";
    const level = checkInteger("level", option.level, 0, 2 ** 31 - 1);
    const name = checkInteger("name", option.name, 0, 2 ** 31 - 1);
    checkInteger(
      reads ? "length" : "bytes of value",
      reads ? value : checkBuffer("value", value).byteLength,
      0,
      longest,
    );
    this.#target.assertOpen(operation);
    return this.#call(operation, () => {
      const kernel = kernelOf(adapter);
      if (kernel === undefined) throw notSupported(operation, readGap(adapter));
      if (reads) return kernel.getOption(this.#target.identity(), { level, name }, value);
      kernel.setOption(this.#target.identity(), { level, name }, value.slice());
      return value;
    });
  }

  #apply(option: OptionName, value: SocketOptionValues[OptionName]): void {
    const { adapter, transport, family, native } = this.#target;
    if (isOpeningOption(option)) {
      throw new SocketError("EINVAL", "setOption", { detail: `${option} is given to connect, listen or bind` });
    }
    if (socketOptions[option].agreed && this.#target.connection) {
      throw new SocketError("EINVAL", "setOption", { detail: `${option} is agreed on when a connection is made` });
    }
    if (native !== undefined && nativeOptions(adapter, transport).includes(option)) {
      try {
        return native.setOption(option, value as never);
      } catch (error) {
        // Libc can where the runtime's call cannot: with this value, or between these addresses.
        if (kernelOf(adapter) === undefined || adapter.translate(error)?.code !== "ENOTSUP") throw error;
      }
    }
    const gap = optionGap(adapter, transport, option);
    const kernel = kernelOf(adapter);
    if (gap !== undefined) throw notSupported("setOption", gap);
    if (kernel === undefined) throw notSupported("setOption", noCall(adapter, "sets an option of a listener"));
    for (const { value: bytes, ...which } of encode(kernel, option, value as never, family)) {
      kernel.setOption(this.#target.identity(), which, bytes);
    }
  }

  #call<T>(operation: Operation, action: () => T): T {
    const { adapter } = this.#target;
    try {
      return action();
    } catch (error) {
      throw wrap(error, operation, {
        address: this.#target.address(),
        translate: (native) => adapter.translate(native),
      });
    }
  }
}

/** Bytes of a raw option. */
const longest = 65_536;

/** Why an option can't be set on an open socket, or read if it can only be read; `undefined` if it can. */
export function optionGap(adapter: Adapter, transport: OptionTransport, option: OptionName): string | undefined {
  const overridden = adapter.options.overridden?.[option];
  if (overridden !== undefined) return overridden;
  const kernel = kernelOf(adapter);
  if (kernel !== undefined) return kernelGap(kernel, option);
  if (!isReadOnly(option) && nativeOptions(adapter, transport).includes(option)) return undefined;
  const own = adapter.gaps[`${transport}.${option}` as keyof Adapter["gaps"]];
  if (own !== undefined) return `${own}; import "omnisock/libc" to have it`;
  const { name } = socketOptions[option];
  const call = isReadOnly(option) ? `reads ${name}` : `sets ${name}`;
  return noCall(adapter, call);
}

/** Why no option can be read, nor taken by number. */
export function readGap(adapter: Adapter): string {
  return noCall(adapter, "reads a socket option or takes one by number");
}

/** Why no option of a stream is there before connect(2) or bind(2). */
export function earlyGap(adapter: Adapter): string | undefined {
  if (kernelOf(adapter) === undefined) return noCall(adapter, "sets an option before connect(2) or bind(2)");
  return adapter.adopt === undefined ? "the runtime can take over no socket that libc made" : undefined;
}

function noCall({ simulated = false }: Adapter, what: string): string {
  const gap = `the runtime has no call that ${what}`;
  return simulated ? gap : `${gap}; import "omnisock/libc" to have one`;
}

/** Why not even libc has it. */
function kernelGap(kernel: Kernel, option: OptionName): string | undefined {
  const { name } = socketOptions[option];
  return socketOptions[option][kernel.os] === undefined ? `${name} does not exist on this system` : undefined;
}

/** The options of a transport that are set by the runtime's own calls. */
export function nativeOptions(adapter: Adapter, transport: OptionTransport): readonly OptionName[] {
  if (transport === "unix") return [];
  const { options } = adapter;
  const { imprecise = [] } = options;
  return kernelOf(adapter) === undefined
    ? options[transport]
    : options[transport].filter((option) => !imprecise.includes(option));
}

/** An option and its value as setsockopt(2) takes them, for a socket of this family. */
export function encode<Name extends OptionName>(
  kernel: Kernel,
  option: Name,
  value: SocketOptionValues[Name],
  family: Address["family"],
): readonly OptionValue[] {
  return inKernel(kernel, option, family).map(({ native, codec }) => ({
    ...native,
    value: codec.encode(value, kernel),
  }));
}

interface Place<Value> {
  readonly native: NativeOption;
  readonly codec: Codec<Value>;
}

/** Where the kernel has an option; on Linux an IPv6 socket also has that of IPv4, for its traffic with IPv4 peers. */
function inKernel<Name extends OptionName>(
  kernel: Kernel,
  option: Name,
  family: Address["family"],
): readonly [Place<SocketOptionValues[Name]>, ...Place<SocketOptionValues[Name]>[]] {
  const row: Row<SocketOptionValues[Name]> = socketOptions[option];
  const { os } = kernel;
  const place = ({ level, value, ...numbers }: Native & { readonly value: Codec<SocketOptionValues[Name]> }) => {
    const name = numbers[os];
    if (name === undefined) throw notSupported("setOption", `${row.name} does not exist on this system`);
    return { native: { level: levels[level][os], name }, codec: value };
  };
  if (family !== "ipv6" || row.ipv6 === undefined) return [place(row)];
  const forBoth = os === "linux" && row.level === "IPPROTO_IP" && option !== "multicastInterface";
  return forBoth ? [place(row.ipv6), place(row)] : [place(row.ipv6)];
}

function notSupported(operation: Operation, detail: string | undefined): SocketError {
  return new SocketError("ENOTSUP", operation, { detail });
}
