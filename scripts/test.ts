// SPDX-License-Identifier: MIT
// `npm test`: all checks, then all tests. Counts what passed, failed and was skipped; where the shared data is given
// (ASSAY_DATA), a skipped test is a failure, because everything it needs is there.
import { spawn, spawnSync } from "node:child_process";

const check = spawnSync("node", ["scripts/check.ts"], { stdio: "inherit" });
if (check.status !== 0) process.exit(1);

const counts = { passing: 0, failing: 0, pending: 0 };
const tests = spawn("hardhat", ["test", ...process.argv.slice(2)], {
  stdio: ["ignore", "pipe", "inherit"],
  env: { ...process.env, FORCE_COLOR: "0" },
});
let rest = "";
tests.stdout.on("data", (chunk: Buffer) => {
  process.stdout.write(chunk);
  rest += chunk.toString();
  const lines = rest.split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) count(line);
});

const status = await new Promise<number>((resolve) =>
  tests.on("close", (code) => resolve(code ?? 1)),
);
count(rest);

const skipsAllowed = process.env["ASSAY_DATA"] === undefined;
console.log(`\n${counts.passing} passed, ${counts.failing} failed, ${counts.pending} skipped`);
if (counts.pending > 0 && !skipsAllowed)
  console.error("ASSAY_DATA is set: a skipped test is a failure.");
if (counts.passing === 0) console.error("No test ran.");
process.exitCode =
  status === 0 &&
  counts.failing === 0 &&
  counts.passing > 0 &&
  (counts.pending === 0 || skipsAllowed)
    ? 0
    : 1;

/** Adds up the closing lines of each runner ("  12 passing (3s)"), not the sum at the end, which counts skipped as passed. */
function count(line: string): void {
  const match = /^ {2}(\d+) (passing|failing|pending|skipped)\b/.exec(line);
  if (match === null) return;
  const kind = match[2] === "skipped" ? "pending" : (match[2] as keyof typeof counts);
  counts[kind] += Number(match[1]);
}
