// What is published: core, and each entry, as one file, since a runtime takes longer to find and open fifty files than to
// compile what is in them. `node scripts/bundle.mjs`, after the compiler.
import { build } from "esbuild";
import { readdirSync, realpathSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const names = [
  ...["index", "node", "deno", "bun", "memory", "adapter", "cli", "libc/index"],
  ...["node", "deno", "bun"].flatMap((name) => [`adapters/${name}/index`, `libc/ffi/${name}`]),
  // Programs hold what they catch against this class, wherever it was thrown.
  "libc/error",
];

const options = {
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  external: ["node:*", "bun:*", "koffi", "#adapter", "#libc"],
  logLevel: "warning",
};

/** Makes the package's files in the folder `to` of the compiled ones in `from`. */
export async function bundle(from, to) {
  const core = path.join(from, "core");
  const entries = names.map((name) => path.join(from, `${name}.js`));

  /** What stands in a file of its own is imported from there. */
  const apart = (entry) => ({
    name: "apart",
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ path: wanted, resolveDir }) => {
        const file = path.join(resolveDir, wanted);
        // What is public of core is named in a list, which must not be taken for all of it.
        if (file === path.join(core, "exports.js")) return undefined;
        const own = path.dirname(file) === core ? `${core}.js` : file;
        if (own === file && !entries.includes(file)) return undefined;
        const relative = path.relative(path.dirname(entry), own).replaceAll(path.sep, "/");
        return { path: relative.startsWith(".") ? relative : `./${relative}`, external: true };
      });
    },
  });

  const modules = readdirSync(core).filter((name) => name.endsWith(".js"));
  const contents = modules.map((name) => `export * from "./core/${name}";`).join("\n");
  await Promise.all([
    build({
      ...options,
      absWorkingDir: from,
      stdin: { contents, resolveDir: from },
      outfile: path.join(to, "core.js"),
    }),
    ...entries.map((entry) =>
      build({
        ...options,
        absWorkingDir: from,
        entryPoints: [entry],
        outfile: path.join(to, path.relative(from, entry)),
        plugins: [apart(entry)],
      })
    ),
  ]);
}

const self = fileURLToPath(import.meta.url);
if (realpathSync(process.argv[1]) === self) {
  const root = path.dirname(path.dirname(self));
  await bundle(path.join(root, "build"), path.join(root, "dist"));
}
