/** What an import of the package loads. */
import path from "node:path";

import { build } from "esbuild";

/** Bytes of the files that an import of the package loads, by the runtime's conditions. */
export interface ImportSize {
  readonly files: number;
  readonly bytes: number;
  readonly minified: number;
}

export async function importSize(root: string, condition: string): Promise<ImportSize> {
  const bundle = async (minify: boolean) =>
    await build({
      entryPoints: [path.join(root, "dist", "index.js")],
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "neutral",
      external: ["node:*"],
      conditions: [condition],
      minify,
    });
  const { metafile, outputFiles } = await bundle(true);
  const inputs = Object.values(metafile.inputs);
  return {
    files: inputs.length,
    bytes: inputs.reduce((sum, { bytes }) => sum + bytes, 0),
    minified: outputFiles[0]?.contents.byteLength ?? 0,
  };
}
