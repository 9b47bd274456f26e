// The program that is started. Names nothing of VS Code, so that tests can do without it.

const { execFile } = require("node:child_process");

/**
 * The command line, from the settings `conex.server`.
 *
 * @param {{ path?: string, arguments?: string[] }} settings
 * @returns {{ command: string, args: string[] }}
 */
exports.commandLine = function commandLine(settings) {
  return { command: settings.path?.trim() || "conex", args: ["lsp", ...(settings.arguments ?? [])] };
};

/**
 * What to tell if a program can not be run; `undefined` if it can.
 *
 * @param {string} command
 * @returns {Promise<string | undefined>}
 */
exports.obstacle = function obstacle(command) {
  return new Promise((resolve) => {
    execFile(command, ["--version"], { timeout: 10_000 }, (error) => {
      if (!error) return resolve(undefined);
      const absent = error.code === "ENOENT";
      const what = absent ? `There is no program ${command}.` : `${command} does not run: ${error.message}`;
      resolve(`${what} Install conex, or say where it is in the setting conex.server.path.`);
    });
  });
};
