// SPDX-License-Identifier: MIT
// `npm test`: all checks, then all tests, two batches at a time. Counts what passed, failed and was skipped; where the
// shared data is given (ASSAY_DATA), a skipped test is a failure, because everything it needs is there.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { stripVTControlCharacters } from "node:util";

/** Files that one process of the test runner gets. */
interface Batch {
  runner: "solidity" | "mocha";
  subject: string;
  files: string[];
}

/** One more keeps processes waiting until windows of seconds have closed, and is no faster on two cores. */
const LANES = Math.min(2, availableParallelism());

const counts = { passing: 0, failing: 0, pending: 0 };
const start = performance.now();

let failed = !(await succeeds("scripts/check.ts", "--quick"));
if (!failed) {
  const solidity = solidityBatches();
  const mocha = mochaBatches();
  // One after the other: they share the folder of compiled tests.
  const one = async () => {
    for (const batch of solidity) await run(batch);
  };
  const rest = async () => {
    for (let batch = mocha.shift(); batch !== undefined; batch = mocha.shift()) await run(batch);
  };
  // This check builds the circuits, which most of the other tests need: they wait for it.
  const generate = async () => {
    const isSame = await succeeds("scripts/generate.ts", "--check", "--built");
    if (!isSame) failed = true;
  };
  const generated = generate();
  const others = Array.from({ length: LANES - 1 }, () => generated.then(rest));
  await Promise.all([
    one()
      .then(() => generated)
      .then(rest),
    ...others,
  ]);
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

/** Whether a script of the project ends well. */
async function succeeds(script: string, ...args: string[]): Promise<boolean> {
  const child = spawn("node", [script, ...args], { stdio: "inherit" });
  return (await new Promise<number | null>((resolve) => child.on("close", resolve))) === 0;
}

/**
 * Solidity test files by the contract or folder they are about: one run of all keeps every suite's traces until its end
 * and needs more memory than a small machine has.
 */
function solidityBatches(): Batch[] {
  const files = globSync("test/**/*.t.sol", { exclude: ["test/deep/**"] });
  const form = /^test\/(DisputeCourt|EnclaveRegistry|InferenceMarket|evidence|lifecycle)/;
  return batches("solidity", files, (file) => form.exec(file)?.[1] ?? "others");
}

/** TypeScript test files by folder, those that take longest first. */
function mochaBatches(): Batch[] {
  const files = globSync("test/**/*.test.ts", { exclude: ["test/deep/**"] });
  const slowest = [
    "reference",
    "cli/commands",
    "node/soak",
    "node/node",
    "node/batches",
    "node/crash",
    "node/faults",
    "circuits",
    "store",
    "zkml",
  ];
  const rankOf = ({ subject }: Batch) => (slowest.indexOf(subject) + 1 || slowest.length + 1) - 1;
  const subjectOf = (file: string): string => {
    const [, folder = "", below = ""] = file.split("/");
    if (folder === "node" || folder === "cli") return `${folder}/${below.replace(".test.ts", "")}`;
    return slowest.includes(folder) || folder === "package" ? folder : "others";
  };
  return batches("mocha", files, subjectOf).sort((a, b) => rankOf(a) - rankOf(b));
}

function batches(
  runner: Batch["runner"],
  files: readonly string[],
  subjectOf: (file: string) => string,
): Batch[] {
  const bySubject = Map.groupBy(files.toSorted(), subjectOf);
  return Array.from(bySubject, ([subject, files]) => ({ runner, subject, files }));
}

/** Runs a batch and prints what it printed when it has ended, so that two at once stay readable. */
async function run({ runner, subject, files }: Batch): Promise<void> {
  const startedAt = performance.now();
  // The checks compiled the contracts; two processes that compile would write one cache.
  const options = runner === "mocha" ? ["--no-compile"] : [];
  const tests = spawn("hardhat", ["test", runner, ...options, ...files], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const chunks: Buffer[] = [];
  tests.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  tests.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  const status = await new Promise<number>((resolve) =>
    tests.on("close", (code) => resolve(code ?? 1)),
  );
  failed ||= status !== 0;
  const printed = Buffer.concat(chunks).toString();
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  console.log(`\n${runner}, ${subject}: ${files.length} files, ${seconds} s\n${printed}`);
  for (const line of printed.split("\n")) count(line);
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
