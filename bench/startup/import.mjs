// Milliseconds that an import takes: `import.mjs <specifier>`; without one, what a runtime has without an import.
const [specifier = ""] = globalThis.Deno?.args ?? process.argv.slice(2);
const began = performance.now();
if (specifier !== "") await import(specifier);
console.log(JSON.stringify({ value: performance.now() - began }));
