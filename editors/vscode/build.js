// Makes dist/extension.js, one file with all that it needs, and puts the licences beside it: its
// own and those of what is in it.

const { readFileSync, readdirSync, writeFileSync, copyFileSync } = require("node:fs");
const path = require("node:path");
const { buildSync } = require("esbuild");

const { metafile } = buildSync({
  entryPoints: ["src/extension.js"],
  outfile: "dist/extension.js",
  bundle: true,
  minify: true,
  platform: "node",
  target: "node18",
  external: ["vscode"],
  metafile: true,
});

// Of `node_modules/a/node_modules/@b/c/d.js` everything up to `c`.
const folder = /^.*node_modules\/(@[^/]+\/)?[^/]+/;
const packages = new Set(Object.keys(metafile.inputs).map((file) => file.match(folder)?.[0]));
packages.delete(undefined);

const notices = [...packages].sort().map((directory) => {
  const { name, version, license } = JSON.parse(readFileSync(path.join(directory, "package.json")));
  const file = readdirSync(directory).find((it) => /^licen[cs]e/i.test(it));
  if (!file) throw new Error(`${name} comes without the text of its licence`);
  return `${name} ${version} (${license})\n\n${readFileSync(path.join(directory, file), "utf8")}`;
});
writeFileSync("dist/THIRD-PARTY.txt", notices.join("\n----\n\n"));

for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) {
  copyFileSync(path.join("../..", name), path.join("dist", name));
}
