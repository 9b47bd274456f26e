// Starts `conex lsp` for the Nix files of a window, and again when the settings say that it is
// another program. All else is done by the server.

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");
const { commandLine, obstacle } = require("./server");

/** @type {LanguageClient | undefined} */
let client;
// Starts and stops one after the other, however fast they are asked for.
let last = Promise.resolve();

exports.activate = function activate(context) {
  const restart = () => (last = last.then(stop).then(start));
  context.subscriptions.push(
    vscode.commands.registerCommand("conex.restart", restart),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("conex.server")) restart();
    }),
  );
  return restart();
};

exports.deactivate = function deactivate() {
  return (last = last.then(stop));
};

async function start() {
  const settings = vscode.workspace.getConfiguration("conex");
  const { command, args } = commandLine(settings.get("server") ?? {});
  const message = await obstacle(command);
  if (message) {
    tell(message);
    return;
  }
  client = new LanguageClient("conex", "conex", { command, args }, {
    documentSelector: [{ scheme: "file", language: "nix" }],
    initializationOptions: settings,
    // The server is told when they change.
    synchronize: { configurationSection: "conex" },
  });
  try {
    await client.start();
  } catch {
    // The client has told why.
  }
}

async function stop() {
  const old = client;
  client = undefined;
  try {
    await old?.stop();
  } catch {
    // One that never ran can not be stopped.
  }
}

/** Not waited for: a message may stay for long. */
async function tell(message) {
  const settings = "Open the settings";
  if ((await vscode.window.showErrorMessage(message, settings)) === settings) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "conex.server");
  }
}
