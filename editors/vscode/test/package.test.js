// What is packaged: its files, that it starts the server, and that its settings are those that the server
// knows. Needs `npm run package`, and conex in CONEX or where cargo puts it.

const assert = require("node:assert");
const { spawn } = require("node:child_process");
const { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const path = require("node:path");
const { test } = require("node:test");
const yauzl = require("yauzl");
const { loadWith } = require("./vscode");

const root = path.join(__dirname, "..");
const repository = path.join(root, "../..");
const vsix = path.join(root, "dist/conex.vsix");
const conex = process.env.CONEX ?? path.join(repository, "target/debug/conex");
const PATIENCE = 30_000;

/** The files of the package, by name. */
function unpacked() {
  return new Promise((resolve, reject) => {
    yauzl.open(vsix, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      const files = new Map();
      zip.on("error", reject);
      zip.on("end", () => resolve(files));
      zip.on("entry", (entry) =>
        zip.openReadStream(entry, async (failed, stream) => {
          if (failed) return reject(failed);
          files.set(entry.fileName, Buffer.concat(await stream.toArray()));
          zip.readEntry();
        }),
      );
      zip.readEntry();
    });
  });
}

async function manifest() {
  return JSON.parse((await unpacked()).get("extension/package.json"));
}

/** The settings of the package that are the server's, with their declarations. */
async function ofTheServer() {
  const all = Object.entries((await manifest()).contributes.configuration.properties);
  return all.filter(([name]) => !/^conex\.(server|trace)\./.test(name));
}

/** `{a: {b: value}}` of `a.b`, as VS Code sends settings. */
function nested(name, value) {
  return name.split(".").reduceRight((inner, part) => ({ [part]: inner }), value);
}

/** What the server says of initialization options to the user, if it says anything. */
function complaintAbout(options) {
  return new Promise((resolve, reject) => {
    const server = spawn(conex, ["lsp"], { stdio: ["pipe", "pipe", "inherit"], timeout: PATIENCE });
    let text = "";
    let shown;
    let answered = false;
    const send = (message) => {
      const body = JSON.stringify({ jsonrpc: "2.0", ...message });
      server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    };
    server.on("error", reject);
    server.on("close", () => (answered ? resolve(shown) : reject(new Error("no answer"))));
    const receive = ({ id, method, params }) => {
      if (method === "window/showMessage") shown = params.message;
      if (id !== 2) return;
      answered = true;
      send({ method: "exit" });
      server.stdin.end();
    };
    server.stdout.setEncoding("latin1").on("data", (data) => {
      text += data;
      for (let found; (found = text.match(/^Content-Length: (\d+)\r\n(?:.+\r\n)*\r\n/)); ) {
        const end = found[0].length + Number(found[1]);
        if (text.length < end) break;
        const body = text.slice(found[0].length, end);
        text = text.slice(end);
        receive(JSON.parse(body));
      }
    });
    const initialize = { capabilities: {}, processId: null, rootUri: null };
    send({ id: 1, method: "initialize", params: { ...initialize, initializationOptions: options } });
    send({ method: "initialized", params: {} });
    send({ id: 2, method: "shutdown" });
  });
}

test("the package is small and has what it needs", async () => {
  const names = [...(await unpacked()).keys()].filter((name) => name.startsWith("extension/")).sort();
  assert.deepStrictEqual(names, [
    "extension/dist/LICENSE-APACHE",
    "extension/dist/LICENSE-MIT",
    "extension/dist/THIRD-PARTY.txt",
    "extension/dist/extension.js",
    "extension/package.json",
    "extension/readme.md",
  ]);
  assert.ok(statSync(vsix).size < 200_000, `${statSync(vsix).size} bytes`);
});

test("each setting is one that the server knows, with its type", async () => {
  for (const [name, declaration] of await ofTheServer()) {
    const wrong = declaration.type === "string" ? 5 : "nothing of that type";
    assert.match((await complaintAbout(nested(name, wrong))) ?? "", /the settings of conex/, name);
    const complaint = await complaintAbout(nested(name, declaration.default));
    assert.strictEqual(complaint, undefined, name);
  }
});

test("the settings and their defaults are those of docs/language-server.md", async () => {
  const page = readFileSync(path.join(repository, "docs/language-server.md"), "utf8");
  const rows = [...page.matchAll(/^\| `(conex\.[\w.]+)` \| `(.+?)` \|/gm)];
  const documented = rows.map(([, name, value]) => [name, JSON.parse(value)]);
  const declared = (await ofTheServer()).map(([name, { default: value }]) => [name, value]);
  assert.ok(documented.length > 0);
  assert.deepStrictEqual(declared.sort(), documented.sort());
});

test("the settings in docs/editors exist and have the right types", async () => {
  const page = readFileSync(path.join(repository, "docs/editors/README.md"), "utf8");
  const block = page.match(/<!-- tested: vscode\.json -->\n```json\n(.*?)```/s);
  const { properties } = (await manifest()).contributes.configuration;
  for (const [name, value] of Object.entries(JSON.parse(block[1]))) {
    const type = Array.isArray(value) ? "array" : typeof value;
    assert.strictEqual(properties[name]?.type, type, name);
  }
});

test("what starts programs is not taken from a folder that is not trusted", async () => {
  const { capabilities } = await manifest();
  assert.deepStrictEqual(capabilities.untrustedWorkspaces.restrictedConfigurations, [
    "conex.server.path",
    "conex.server.arguments",
    "conex.formatting.command",
  ]);
});

/** What the packaged program does with settings: started, and ended again. */
async function session(settings, directory) {
  const file = path.join(directory, "extension.js");
  writeFileSync(file, (await unpacked()).get("extension/dist/extension.js"));
  const told = [];
  const { activate, deactivate } = loadWith(file, settings, told);
  await activate({ subscriptions: [] });
  await deactivate();
  return told;
}

test("the packaged program starts the server with the settings", async (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), "conex-vscode-"));
  t.after(() => rmSync(directory, { recursive: true }));
  // Writes down what it gets, and hands it on.
  const program = path.join(directory, "conex");
  const log = (name) => path.join(directory, name);
  const script = `#!/bin/sh
echo "$*" >> '${log("calls")}'
[ "$1" = lsp ] || exec '${conex}' "$@"
tee '${log("sent")}' | '${conex}' "$@"
`;
  writeFileSync(program, script, { mode: 0o755 });
  const server = { path: program, arguments: ["-I", "other=/nowhere"] };
  const told = await session({ server, diagnostics: { syntax: false } }, directory);
  assert.deepStrictEqual(told, []);
  assert.strictEqual(readFileSync(log("calls"), "utf8"), "--version\nlsp -I other=/nowhere\n");
  const sent = readFileSync(log("sent"), "utf8");
  assert.match(sent, /"method":"initialize".*"initializationOptions":\{.*"diagnostics":\{"syntax":false\}/);
  assert.match(sent, /"workspace\/didChangeConfiguration","params":\{"settings":\{"conex":\{.*"diagnostics":\{"syntax":false\}/);
  assert.match(sent, /"method":"shutdown"/);
});

test("the packaged program says once that there is no conex", async (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), "conex-vscode-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const told = await session({ server: { path: "/nowhere/conex" } }, directory);
  assert.strictEqual(told.length, 1);
  assert.match(told[0], /no program \/nowhere\/conex/);
});

test("the command line comes from the settings", () => {
  const { commandLine } = require("../src/server");
  assert.deepStrictEqual(commandLine({}), { command: "conex", args: ["lsp"] });
  const settings = { path: " /opt/conex ", arguments: ["-I", "nixpkgs=/n"] };
  const expected = { command: "/opt/conex", args: ["lsp", "-I", "nixpkgs=/n"] };
  assert.deepStrictEqual(commandLine(settings), expected);
});

test("a program that is not there is told with the setting that says where it is", async () => {
  const { obstacle } = require("../src/server");
  assert.match(await obstacle("/nowhere/conex"), /no program \/nowhere\/conex.*conex\.server\.path/);
  assert.match(await obstacle("false"), /false does not run/);
  assert.strictEqual(await obstacle(conex), undefined);
});

// The client library leaves a timer of its questions about files behind, which Node would wait for.
test("nothing is waited for at the end", (t) => t.after(() => setTimeout(() => process.exit(), 100)));
