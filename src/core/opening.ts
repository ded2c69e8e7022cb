/** Who opens a socket, the runtime or libc, and which of its options are set when. */
import type { Adapter } from "./adapter.ts";
import type { Address } from "./address.ts";
import { type Feature, requireFeature } from "./capabilities.ts";
import { type Operation, SocketError } from "./errors.ts";
import { type Kernel, kernelOf, type OptionValue } from "./kernel.ts";
import { earlyGap, encode, nativeOptions, optionGap } from "./option-access.ts";
import { isOpeningOption, socketOptions } from "./option-table.ts";
import type { Setting } from "./option-arguments.ts";
import type { SocketSettings } from "./options.ts";
import type { OptionName, OptionTransport } from "./socket-options.ts";

/** What a call asks for. */
export interface OpeningRequest {
  readonly operation: Extract<Operation, "connect" | "listen" | "bind">;
  readonly transport: OptionTransport;
  readonly socket: SocketSettings;
  /** Features that it needs besides its options. */
  readonly needs: readonly Feature[];
}

export interface Opening {
  /** Libc, if it makes the socket: because the runtime cannot give what is asked for, or too late only. */
  readonly maker: Kernel | undefined;
  /** What is set when the socket is open, on a listener's connections too. */
  readonly settings: readonly Setting[];
}

/** Options that adapters set at opening, told by `ListenRequest` and `BindRequest`. */
const byRequest: Readonly<Record<OpeningRequest["operation"], readonly OptionName[]>> = {
  connect: [],
  listen: ["ipv6Only", "reuseAddress", "reusePort"],
  bind: ["ipv6Only", "reuseAddress", "reusePort"],
};

/** Throws `ENOTSUP` with the reason if what is asked for cannot be had. */
export function planOpening(adapter: Adapter, request: OpeningRequest): Opening {
  const { operation, transport, socket, needs } = request;
  const kernel = kernelOf(adapter);
  const canMake = kernel !== undefined && (operation === "bind" || adapter.adopt !== undefined);
  const native = nativeOptions(adapter, transport);
  // In batches and without an object of the runtime for each, datagrams go faster, on every runtime.
  let made = operation === "bind" && canMake;

  const make = (reason: string | undefined): void => {
    if (!canMake) throw new SocketError("ENOTSUP", operation, { detail: reason });
    made = true;
  };
  for (const feature of needs) {
    requireFeature(adapter, feature, operation);
    if (adapter.gaps[feature] !== undefined) made = true;
  }
  for (const [option, value] of socket.given) {
    const { early = false, listener = false } = socketOptions[option];
    const gap = optionGap(adapter, transport, option);
    if (byRequest[operation].includes(option)) {
      // A listener has it by itself, and of the runtimes none can be told otherwise.
      const inherent = option === "reuseAddress" && operation === "listen";
      const feature = `${transport}.${option}` as Feature;
      if (value === inherent) continue;
      requireFeature(adapter, feature, operation);
      if (inherent) make(gap ?? earlyGap(adapter));
      else if (adapter.gaps[feature] !== undefined) made = true;
    } else if (isOpeningOption(option) || listener || (early && !native.includes(option))) {
      if (gap !== undefined) throw new SocketError("ENOTSUP", operation, { detail: gap });
      make(earlyGap(adapter));
    } else if (early && canMake) made = true;
    else if (gap !== undefined) throw new SocketError("ENOTSUP", operation, { detail: gap });
  }

  const settings = socket.all.filter((setting) => {
    const [option] = setting;
    const { listener = false, uninherited = false } = socketOptions[option];
    if (isOpeningOption(option) || listener) return false;
    if (native.includes(option)) return true;
    // A connection of a Unix listener has nothing of it but the path.
    return socket.given.includes(setting) && (!made || uninherited || transport === "unix");
  });
  return { maker: made ? kernel : undefined, settings };
}

/** Options of a socket that libc makes, as setsockopt(2) takes them before bind(2). */
export function presets(kernel: Kernel, socket: SocketSettings, family: Address["family"]): readonly OptionValue[] {
  return socket.all.flatMap(([option, value]) => encode(kernel, option, value as never, family));
}
