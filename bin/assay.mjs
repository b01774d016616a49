#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Starts the `assay` command: compiled in the published package, from source in a checkout. Source is
// TypeScript, which needs Node 24; an older Node hands over to the one the checkout installed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// Starts twice as fast; Node 20 has no cache yet.
module.enableCompileCache?.();
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "src", "cli", "main.ts");
const node24 = join(root, "node_modules", "node", "bin", "node");

if (!existsSync(source)) {
  await import("../dist/cli/main.js");
} else if (Number(process.versions.node.split(".")[0]) >= 24) {
  await import("../src/cli/main.ts");
} else if (existsSync(node24)) {
  const args = [join(root, "bin", "assay.mjs"), ...process.argv.slice(2)];
  const child = spawn(node24, args, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => (process.exitCode = code ?? 1));
} else {
  console.error("Run `npm run setup` first: this checkout has no dependencies installed.");
  process.exitCode = 3;
}
