// SPDX-License-Identifier: MIT
// `npm run check`: everything that is checked without running the project; `--quick`: all but the generated files, which takes
// minutes where no circuit is built yet. Stops at the first step that fails.
import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";

type Step = readonly [name: string, command: string, ...args: string[]];
const QUICK: readonly Step[] = [
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
];
const GENERATED: Step = ["generated files", "node", "scripts/generate.ts", "--check", "--built"];

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
for (const [name, command, ...args] of values.quick ? QUICK : [...QUICK, GENERATED]) {
  const start = performance.now();
  const { status } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  if (status !== 0) process.exit(1);
}
