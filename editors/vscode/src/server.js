// How the server is started. Names nothing of VS Code, so that tests can do without it.

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
 * What to tell when the server could not be started.
 *
 * @param {string} command
 * @param {Error & { code?: string }} error
 * @returns {string}
 */
exports.complaint = function complaint(command, error) {
  if (error.code === "ENOENT" || error.message.includes("ENOENT")) {
    return `There is no program ${command}. Install conex, or say where it is in the setting conex.server.path.`;
  }
  return `${command} lsp could not be started: ${error.message}`;
};
