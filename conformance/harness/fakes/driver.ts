/** A driver of a library that opens nothing: the self-test's cases look at the facade. */
import type { Driver, DriverStream } from "../../drivers/driver.js";

const nobody = Object.assign(new Error("nobody there"), { code: "ECONNREFUSED" });

const stream: DriverStream = {
  localAddress: { family: "ipv4", host: "127.0.0.1", port: 1 },
  remoteAddress: { family: "ipv4", host: "127.0.0.1", port: 2 },
  read: () => Promise.reject(Object.assign(new Error("it has no reading"), { code: "ENOTSUP" })),
  write: async () => {},
  close: async () => {},
};

const driver: Driver = {
  accepts: { connect: ["host", "port"] },
  gaps: { "unix.abstract": "it has no abstract names" },
  connect: ({ port }) => port === 1 ? Promise.reject(nobody) : Promise.resolve(stream),
};

export default driver;
