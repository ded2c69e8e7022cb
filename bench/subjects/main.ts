/** A process under test: `main.ts <module> <task> <size>`. Says its port in one line of JSON, and serves until it is killed. */
import process from "node:process";

const [module, task, size] = process.argv.slice(2);
// Imported by name, so that no program has loaded what another needs.
const { tasks } = await import(`./${module}.ts`) as { readonly tasks: Tasks };
const run = tasks[task ?? ""];
if (run === undefined) throw new Error(`${module} has no task ${task}`);
console.log(JSON.stringify({ port: await run(Number(size)) }));

// A run that was killed leaves nobody who would end this process.
const parent = process.ppid;
setInterval(() => {
  try {
    process.kill(parent, 0);
  } catch {
    process.exit();
  }
}, 5_000);

if (process.argv[5] === "told") {
  const collect = globalThis.gc ?? (globalThis as { Bun?: { gc(force: boolean): void } }).Bun?.gc.bind(null, true);
  // Collects garbage for each line that it gets, and tells when that is done.
  process.stdin.on("data", () => {
    for (let pass = 0; pass < 3; pass++) collect?.();
    console.log(JSON.stringify({ collected: collect !== undefined }));
  });
}

type Tasks = Readonly<Record<string, (size: number) => Promise<number>>>;
