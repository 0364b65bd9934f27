// The Solidity compiler kept warm: one request of standard JSON a line on stdin, one answer a line
// on stdout. Started anew for each mutant, it would spend seconds on warming up.
"use strict";

const fs = require("node:fs");
const readline = require("node:readline");
const compiler = require("solc");

/** Answer an import with the file of that path, relative to the working directory. */
function readImport(path) {
  try {
    return { contents: fs.readFileSync(path, "utf8") };
  } catch (error) {
    return { error: error.code === "ENOENT" ? "File not found." : error.message };
  }
}

/** All of it, also into a full pipe. */
function writeAll(text) {
  const data = Buffer.from(text, "utf8");
  for (let done = 0; done < data.length; ) {
    done += fs.writeSync(1, data, done, data.length - done);
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  writeAll(`${compiler.compile(line, { import: readImport })}\n`);
});
