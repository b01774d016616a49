// SPDX-License-Identifier: MIT
// `npm test`: all checks, then all tests. Counts what passed, failed and was skipped; where the shared data is given
// (ASSAY_DATA), a skipped test is a failure, because everything it needs is there.
import { spawn, spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

const counts = { passing: 0, failing: 0, pending: 0 };
const start = performance.now();

const check = spawnSync("node", ["scripts/check.ts"], { stdio: "inherit" });
let failed = check.status !== 0;
if (!failed) {
  // One run of all Solidity tests keeps every suite's traces until its end and needs more memory than a small machine has.
  for (const files of solidityBatches())
    failed = (await hardhatTest("solidity", files)) !== 0 || failed;
  failed = (await hardhatTest("mocha", globSync("test/**/*.test.ts").sort())) !== 0 || failed;
}

const skipsAllowed = process.env["ASSAY_DATA"] === undefined;
const minutes = ((performance.now() - start) / 60_000).toFixed(1);
console.log(`\nAll tests, ${minutes} minutes:`);
console.log(`${counts.passing} passed, ${counts.failing} failed, ${counts.pending} skipped`);
if (counts.pending > 0 && !skipsAllowed)
  console.error("ASSAY_DATA is set: a skipped test is a failure.");
if (counts.passing === 0) console.error("No test ran.");
process.exitCode =
  !failed && counts.failing === 0 && counts.passing > 0 && (counts.pending === 0 || skipsAllowed)
    ? 0
    : 1;

/** Solidity test files by the contract or folder they are about. */
function solidityBatches(): string[][] {
  const batches = new Map<string, string[]>();
  for (const file of globSync("test/**/*.t.sol", { exclude: ["test/deep/**"] }).sort()) {
    const [, name = ""] = file.split("/");
    const subject =
      /^(DisputeCourt|EnclaveRegistry|InferenceMarket|evidence|lifecycle)/.exec(name)?.[1] ??
      "others";
    batches.set(subject, [...(batches.get(subject) ?? []), file]);
  }
  return [...batches.values()];
}

async function hardhatTest(
  runner: "solidity" | "mocha",
  files: readonly string[],
): Promise<number> {
  console.log(`\n${runner}: ${files.length} files`);
  const tests = spawn("hardhat", ["test", runner, ...files], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NO_COLOR: "1" },
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
  return status;
}

/** Adds up the closing lines of each run ("  12 passing (3s)"), not Hardhat's sum below them, which counts skipped as passed. */
function count(line: string): void {
  const match = /^ {2}(\d+) (passing|failing|pending|skipped)\b/.exec(
    stripVTControlCharacters(line),
  );
  if (match === null) return;
  const kind = match[2] === "skipped" ? "pending" : (match[2] as keyof typeof counts);
  counts[kind] += Number(match[1]);
}
