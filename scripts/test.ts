// SPDX-License-Identifier: MIT
// `npm test`: all checks, then all tests, two batches at a time. Counts what passed, failed and was skipped; where the
// shared data is given (ASSAY_DATA), a skipped test is a failure, because everything it needs is there. What failed is
// printed once more at the end, below what took how long.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";

import { readTestReport, type TestReport } from "./test-report.ts";

/** Files that one process of the test runner gets. */
interface Batch {
  runner: "solidity" | "mocha";
  subject: string;
  files: string[];
}

/** The subject of files with none of their own. */
const OTHERS = "others";
/** Most batches keep a core busy: one more is no faster on two cores, and windows of seconds close before it has acted. */
const LANES = Math.min(2, availableParallelism());
/** Of TypeScript tests, those that take longest first, so that the lanes end together; a folder, or a file in one. */
const MOCHA_SUBJECTS = [
  "node/soak",
  "cli/commands",
  "reference",
  "zkml",
  "node/node",
  "node/batches",
  OTHERS,
  "store",
  "node/faults",
  "scripts",
  "node/crash",
  "node/sender",
  "cli/demo",
  "node/follower",
  "node/start",
  "circuits",
  "package",
];

/** What ran, how long it took, and what it came to. */
interface Run {
  name: string;
  seconds: number;
  isSuccess: boolean;
  report?: TestReport;
}
const runs: Run[] = [];
const start = performance.now();

const checked = await runScript("checks", "scripts/check.ts", "--quick");
if (checked) {
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
  const generated = runScript("generated files", "scripts/generate.ts", "--check", "--built");
  const others = Array.from({ length: LANES - 1 }, () => generated.then(rest));
  await Promise.all([
    one()
      .then(() => generated)
      .then(rest),
    ...others,
  ]);
}

const minutes = (secondsSince(start) / 60).toFixed(1);
const reports = runs.map(({ name, report }) => ({ name, ...report }));
const sumOf = (kind: "passing" | "failing" | "pending"): number =>
  reports.reduce((sum, report) => sum + (report[kind] ?? 0), 0);
const [passing, failing, pending] = [sumOf("passing"), sumOf("failing"), sumOf("pending")];
const skipsAllowed = process.env["ASSAY_DATA"] === undefined;

console.log("\nSeconds:");
for (const { name, seconds } of runs.toSorted((a, b) => b.seconds - a.seconds))
  console.log(`${seconds.toFixed(0).padStart(6)}  ${name}`);
for (const { name, failures = [], skipped = [] } of reports) {
  for (const failure of failures) console.log(`\nFAILED in ${name}:\n${failure}`);
  if (!skipsAllowed) for (const test of skipped) console.log(`\nSKIPPED in ${name}: ${test}`);
}
console.log(`\nAll tests, ${minutes} minutes:`);
console.log(`${passing} passed, ${failing} failed, ${pending} skipped`);
for (const { name } of runs.filter(({ isSuccess }) => !isSuccess)) console.error(`FAILED: ${name}`);
if (pending > 0 && !skipsAllowed) console.error("ASSAY_DATA is set: a skipped test is a failure.");
if (passing === 0) console.error("No test ran.");
const isGreen = runs.every(({ isSuccess }) => isSuccess) && failing === 0 && passing > 0;
process.exitCode = isGreen && (pending === 0 || skipsAllowed) ? 0 : 1;

function secondsSince(from: number): number {
  return (performance.now() - from) / 1_000;
}

/** Runs a script of the project; whether it ends well. */
async function runScript(name: string, script: string, ...args: string[]): Promise<boolean> {
  const startedAt = performance.now();
  const child = spawn("node", [script, ...args], { stdio: "inherit" });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  runs.push({ name, seconds: secondsSince(startedAt), isSuccess: status === 0 });
  return status === 0;
}

/**
 * Solidity test files by the contract or folder they are about: one run of all keeps every suite's traces until its end
 * and needs more memory than a small machine has.
 */
function solidityBatches(): Batch[] {
  const files = globSync("test/**/*.t.sol", { exclude: ["test/deep/**"] });
  const form = /^test\/(DisputeCourt|EnclaveRegistry|InferenceMarket|evidence|lifecycle)/;
  return batches("solidity", files, (file) => form.exec(file)?.[1] ?? OTHERS);
}

/** TypeScript test files by their subjects, in the order of these. */
function mochaBatches(): Batch[] {
  const files = globSync("test/**/*.test.ts", { exclude: ["test/deep/**"] });
  const subjectOf = (file: string) =>
    MOCHA_SUBJECTS.find((subject) => isAbout(file, subject)) ?? OTHERS;
  const rankOf = ({ subject }: Batch) => MOCHA_SUBJECTS.indexOf(subject);
  return batches("mocha", files, subjectOf).sort((a, b) => rankOf(a) - rankOf(b));
}

function isAbout(file: string, subject: string): boolean {
  return file.startsWith(`test/${subject}/`) || file === `test/${subject}.test.ts`;
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
  const isSuccess = status === 0;
  const printed = Buffer.concat(chunks).toString();
  const name = `${runner}, ${subject}`;
  const seconds = secondsSince(startedAt);
  console.log(`\n${name}: ${files.length} files, ${seconds.toFixed(0)} s\n${printed}`);
  runs.push({ name, seconds, isSuccess, report: readTestReport(printed, isSuccess) });
}
