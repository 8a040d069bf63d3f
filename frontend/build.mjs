// Bundles every page entry of src/pages into one self-contained file of ../static/build (not committed).
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const outdir = path.join(here, "..", "static", "build");
const watch = process.argv.includes("--watch");

const entries = (await readdir(path.join(here, "src", "pages")))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => path.join(here, "src", "pages", name));

const options = {
  entryPoints: entries,
  outdir,
  bundle: true,
  format: "iife",
  target: "es2022",
  minify: !watch,
  sourcemap: true,
  metafile: true,
  legalComments: "none",
  absWorkingDir: here,
  logLevel: "info",
};

/** Write the licence texts of the packages that the bundles contain. */
async function writeLicences(metafile) {
  const names = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) names.add(match[1]);
  }
  const parts = [];
  for (const name of [...names].sort()) {
    const root = path.join(here, "node_modules", name);
    const about = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
    const file = (await readdir(root)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? await readFile(path.join(root, file), "utf8") : "";
    parts.push(`${name} ${about.version}\n${JSON.stringify(about.license ?? about.licenses)}\n\n${text}`);
  }
  await writeFile(path.join(outdir, "third-party.txt"), parts.join("\n---\n\n"));
}

await mkdir(outdir, { recursive: true });
if (watch) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  for (const name of await readdir(outdir)) await rm(path.join(outdir, name), { recursive: true });
  const result = await esbuild.build(options);
  await writeLicences(result.metafile);
}
