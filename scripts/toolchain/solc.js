#!/usr/bin/env node
// The Solidity compiler as a command, for tools that expect the native `solc`:
//   solc.js --version          prints the version in the native compiler's form
//   solc.js --standard-json    reads standard JSON on stdin, writes standard JSON on stdout
"use strict";

const fs = require("node:fs");

const STDIN = 0;
const STDOUT = 1;

/** Pause without spinning; pipes shared with a parent may be non-blocking. */
function pause(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Run one read or write call until the pipe is ready for it. */
function whenReady(call) {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      pause(2);
    }
  }
}

function readAll() {
  const chunks = [];
  const buffer = Buffer.alloc(1 << 16);
  for (;;) {
    const count = whenReady(() => fs.readSync(STDIN, buffer, 0, buffer.length, null));
    if (count === 0) return Buffer.concat(chunks).toString("utf8");
    chunks.push(Buffer.from(buffer.subarray(0, count)));
  }
}

/** Write all of it before returning: process.stdout drops what is pending when the process ends. */
function writeAll(text) {
  const data = Buffer.from(text, "utf8");
  for (let done = 0; done < data.length; ) {
    done += whenReady(() => fs.writeSync(STDOUT, data, done, data.length - done));
  }
}

/** Answer an import with the file of that path, relative to the working directory. */
function readImport(path) {
  try {
    return { contents: fs.readFileSync(path, "utf8") };
  } catch (error) {
    return { error: error.code === "ENOENT" ? "File not found." : error.message };
  }
}

function main(args) {
  const compiler = require("solc");
  if (args.includes("--version")) {
    writeAll(
      `solc, the solidity compiler commandline interface\nVersion: ${compiler.version()}\n`,
    );
    return 0;
  }
  if (args.includes("--standard-json")) {
    writeAll(compiler.compile(readAll(), { import: readImport }) + "\n");
    return 0;
  }
  process.stderr.write("usage: solc --version | solc --standard-json <input.json\n");
  return 2;
}

process.exit(main(process.argv.slice(2)));
