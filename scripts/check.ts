// SPDX-License-Identifier: MIT
// `npm run check`: everything that is checked without running the project, or the steps that are named. Stops at the first
// step that fails.
import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";

const steps: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ["format", "prettier", "--check", "--log-level", "warn", "."],
  ["lint TypeScript", "oxlint", "--quiet"],
  [
    "lint Solidity",
    "solhint",
    "--quiet",
    "--noPoster",
    "--max-warnings",
    "0",
    "contracts/**/*.sol",
  ],
  ["build contracts", "hardhat", "build", "--quiet", "--no-tests"],
  ["types", "tsc", "-p", "."],
  ["layout", "node", "scripts/check-layout.ts"],
  ["generated files", "node", "scripts/generate.ts", "--check", "--built"],
];

const named = process.argv.slice(2);
for (const [name, command, ...args] of steps) {
  if (named.length > 0 && !named.includes(name)) continue;
  const start = performance.now();
  const { status } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  if (status !== 0) process.exit(1);
}
