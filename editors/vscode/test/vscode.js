// Stands in for VS Code: has the settings it is made with, and whatever else is asked of it, which
// then does nothing.

const Module = require("node:module");

/** A function, class and object in one, all of whose properties are such. */
function anything() {
  return new Proxy(function () {}, {
    get(own, key) {
      if (key === Symbol.toPrimitive) return () => 0;
      if (key === Symbol.iterator) return function* () {};
      if (key === "then" || key === "toJSON") return undefined;
      return (own[key] ??= anything());
    },
    apply: anything,
    construct: anything,
  });
}

class EventEmitter {
  #listeners = [];
  event = (listener, self) => {
    this.#listeners.push(listener.bind(self));
    return new Disposable();
  };
  fire(event) {
    this.#listeners.forEach((listener) => listener(event));
  }
  dispose() {}
}

class Disposable {
  static from = () => new Disposable();
  dispose() {}
}

/** A VS Code with the settings `conex`; `told` gets what it shows as an error. */
function standIn(settings, told) {
  const vscode = anything();
  const configuration = (values) =>
    Object.assign(Object.create({ get: (name, other) => values[name] ?? other }), values);
  Object.assign(vscode, { EventEmitter, Disposable, version: "1.82.0" });
  Object.assign(vscode.env, { language: "en", appName: "a stand-in" });
  Object.assign(vscode.workspace, {
    getConfiguration: (section) => configuration(section ? settings : { conex: settings }),
    workspaceFolders: undefined,
    textDocuments: [],
    notebookDocuments: [],
  });
  Object.assign(vscode.window, {
    visibleTextEditors: [],
    activeTextEditor: undefined,
    showErrorMessage: async (message) => void told.push(message),
  });
  return vscode;
}

/** Loads a program of VS Code. */
exports.loadWith = function loadWith(file, settings, told) {
  const vscode = standIn(settings, told);
  const load = Module._load;
  Module._load = (name, ...rest) => (name === "vscode" ? vscode : load(name, ...rest));
  try {
    delete require.cache[file];
    return require(file);
  } finally {
    Module._load = load;
  }
};
