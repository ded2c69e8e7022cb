/** Checks of socket options that a program gives. */
import { checkKeys, describe, ownMembers } from "./arguments.ts";
import { SocketError } from "./errors.ts";
import { isReadOnly, socketOptions } from "./option-table.ts";
import type { OptionName, OptionTransport, SocketOptionValues } from "./socket-options.ts";

/** One option and its value, checked. */
export type Setting = readonly [OptionName, SocketOptionValues[OptionName]];

/** `keepAlive` with its times in milliseconds; what is not given stays the system's. */
export interface KeepAlive {
  /** TCP_KEEPIDLE. */
  readonly idle?: number | undefined;
  /** TCP_KEEPINTVL. */
  readonly interval?: number | undefined;
  /** TCP_KEEPCNT. */
  readonly count?: number | undefined;
}

/** Fails unless a socket of `transport` has the option. */
export function checkOptionName(
  transport: OptionTransport,
  operation: "getOption" | "setOption",
  option: unknown,
): OptionName {
  if (typeof option !== "string" || !Object.hasOwn(socketOptions, option)) {
    throw new TypeError(`there is no socket option "${String(option)}"`);
  }
  const { on } = socketOptions[option as OptionName];
  if (!on.includes(transport)) {
    throw new SocketError("ENOTSUP", operation, { detail: `${option} is an option of ${on.join(" and ")} sockets` });
  }
  return option as OptionName;
}

/** The options that a value stands for: `keepAlive` may be several. */
export function checkOption(
  option: OptionName,
  value: unknown,
): readonly Setting[] {
  if (option === "keepAlive" && typeof value !== "boolean") return checkKeepAlive(value);
  const { check } = socketOptions[option].value;
  if (isReadOnly(option) || check === undefined) throw new TypeError(`${option} can only be read`);
  return [[option, check(option, value)]];
}

function checkKeepAlive(value: unknown): readonly Setting[] {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`keepAlive must be a boolean or { idle, interval, count }, not ${describe(value)}`);
  }
  const own = ownMembers(value as KeepAlive);
  checkKeys("keepAlive", own, ["idle", "interval", "count"]);
  const times = [
    ["keepAliveIdle", "idle"],
    ["keepAliveInterval", "interval"],
    ["keepAliveCount", "count"],
  ] as const;
  const checked: Setting[] = [["keepAlive", true]];
  for (const [option, member] of times) {
    const { check } = socketOptions[option].value;
    if (own[member] !== undefined && check !== undefined) {
      checked.push([option, check(`keepAlive.${member}`, own[member])]);
    }
  }
  return checked;
}
