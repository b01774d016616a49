// SPDX-License-Identifier: MIT
// `npm run check`: everything that is checked without running the project; `--quick`: all but the generated files, which takes
// minutes where no circuit is built yet. What is built and what needs it, beside what reads sources alone; each of the two
// stops at the first step that fails.
import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";

type Step = readonly [name: string, command: string, ...args: string[]];
const SOURCES: readonly Step[] = [
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
];
const BUILT: readonly Step[] = [
  ["build contracts", "hardhat", "build", "--quiet", "--no-tests"],
  ["types", "tsc", "-p", "."],
  ["layout", "node", "scripts/check-layout.ts"],
];
const GENERATED: Step = ["generated files", "node", "scripts/generate.ts", "--check", "--built"];

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
await Promise.all([SOURCES, values.quick ? BUILT : [...BUILT, GENERATED]].map(inTurn));

async function inTurn(steps: readonly Step[]): Promise<void> {
  for (const [name, command, ...args] of steps) {
    const start = performance.now();
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
    const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    if (status === 0) continue;
    process.exitCode = 1;
    return;
  }
}
