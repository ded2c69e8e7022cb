/** The trace of a case: the calls it made of the library, and its questions to peer, kernel and programs with the answers. */
import { Buffer } from "node:buffer";

export interface Trace {
  /** A line that the subject told, or that its last one came `again` so many times. */
  call(line: string, again?: number): void;
  /** A question; the function that is returned takes its answer. */
  asked(method: string, params: unknown): (answer: unknown) => void;
  lines(): readonly string[];
}

/** So many lines from the beginning and from the end are kept. */
const kept = { head: 36, tail: 23 };

const lineLength = 200;

interface Line {
  readonly text: string;
  answer?: string;
  /** So many equal calls in a row. */
  times: number;
}

export function startTrace(): Trace {
  const label = startLabels();
  const head: Line[] = [];
  const tail: Line[] = [];
  let dropped = 0;
  let last: Line | undefined;
  let lastCall: Line | undefined;

  function add(text: string): Line {
    // The same question again and again is a case that waits for another answer: only the last one tells.
    if (last?.text === text && last.answer !== undefined) return last;
    const line: Line = { text, times: 1 };
    last = line;
    if (head.length < kept.head) head.push(line);
    else tail.push(line);
    if (tail.length > kept.tail) {
      tail.shift();
      dropped += 1;
    }
    return line;
  }

  function written({ text, answer = "", times }: Line): string {
    const whole = text + (times > 1 ? ` (${times} times)` : "") + (answer === "" ? "" : ` → ${answer}`);
    return whole.length > lineLength ? `${whole.slice(0, lineLength - 1)}…` : whole;
  }

  return {
    call(line, again = 0) {
      if (again === 0 || lastCall === undefined) lastCall = add(label(line));
      else lastCall.times += again;
    },
    asked(method, params) {
      const line = add(label(question(method, params)));
      return (answer) => void (line.answer = label(answered(answer)));
    },
    lines: () => [
      ...head.map(written),
      ...(dropped === 0 ? [] : [`… ${dropped} lines`]),
      ...tail.map(written),
    ],
  };
}

/** Ports, temporary folders and process ids differ in every run: each gets a name of its own, in order of appearance. */
function startLabels(): (text: string) => string {
  const labels = new Map<string, string>();
  const counts = new Map<string, number>();

  function name(kind: string, found: string): string {
    const known = labels.get(found);
    if (known !== undefined) return known;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    labels.set(found, `${kind}${count}`);
    return `${kind}${count}`;
  }

  return (text) =>
    text
      .replace(/[\w./-]*omnisock-[\w-]+/g, (found) => name("temporary", found))
      .replace(/\bpeer-\d+\b/g, (found) => name("peer", found))
      .replace(/(\bport: |\d\.\d+:|\]:|::1:)(\d{4,5})\b/g, (_found, before: string, port: string) =>
        before + (ephemeral(port) ? name("port", port) : port))
      .replace(/\b\d{5}\b/g, (number) =>
        labels.get(number) ?? number);
}

function ephemeral(port: string): boolean {
  return Number(port) >= 32_768 && Number(port) <= 65_535;
}

function question(method: string, params: unknown): string {
  const [service = "", name = method] = method.split(":");
  if (method === "run") {
    const { program, options } = params as { program: string; options: { args?: readonly string[] } };
    return `run ${[program, ...(options.args ?? [])].join(" ")}`;
  }
  const { socket, ...rest } = params as Record<string, unknown>;
  const asked = socket === undefined ? service : `peer-${Number(socket)}`;
  return `${asked}.${name}(${Object.keys(rest).length === 0 ? "" : brief(rest)})`.replace(/^(\w+)\.\1\(/, "$1(");
}

function answered(answer: unknown): string {
  if (answer === undefined || answer === null) return "";
  if (answer instanceof Error) return (answer as { code?: string }).code ?? answer.message;
  return brief(answer);
}

function brief(value: unknown, key = ""): string {
  if (typeof value === "string") {
    if (key === "data" || key === "head") return `<${Buffer.byteLength(value, "base64")} bytes>`;
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  }
  if (Array.isArray(value)) {
    const more = value.length > 3 ? [`… ${value.length} in all`] : [];
    return `[${[...value.slice(0, 3).map((one) => brief(one)), ...more].join(", ")}]`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  const { host, port, path, ...others } = value as Record<string, unknown>;
  if (Object.keys(others).length === 0 && typeof host === "string" && typeof port === "number") {
    return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  }
  if (Object.keys(others).length === 0 && typeof path === "string" && host === undefined) return brief(path);
  const { socket, ...rest } = value as Record<string, unknown>;
  const members = Object.entries(rest).filter(([name, member]) => name !== "milliseconds" && !empty(member))
    .map(([name, member]) => `${name}: ${brief(member, name)}`);
  const all = members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
  return socket === undefined ? all : `peer-${Number(socket)} ${all}`;
}

/** Members that say nothing. */
function empty(member: unknown): boolean {
  return member === null || member === "" || member === false;
}
