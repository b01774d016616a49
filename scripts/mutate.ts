// SPDX-License-Identifier: MIT
/**
 * Breaks the money code in small ways, one at a time and in a copy of the checkout, and reports which changes no test notices.
 *
 *     node scripts/mutate.ts [--file InferenceMarket] [--sample 40] [--seed 1] [--json]
 *
 * Results are kept in `.assay/mutants.jsonl`: another run goes on where the last one stopped, and tries survivors again
 * after tests have changed.
 */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { apply, findMutants, type Mutant } from "./mutate/mutants.ts";
import {
  compileMutant,
  createWorkspace,
  install,
  removeWorkspace,
  runTests,
} from "./mutate/workspace.ts";

interface Subject {
  file: string;
  /** Files whose bytecode holds the file's code. */
  targets: readonly string[];
  /** Test files by pattern, in the order in which they are run; the first failure ends the mutant. */
  tests: readonly string[];
}

interface Outcome extends Mutant {
  key: string;
  /** Digest of the tests that ran. */
  tests: string;
  outcome: "killed" | "survived" | "invalid";
  /** The test that failed. */
  by?: string;
  seconds: number;
}

const MARKET = "contracts/InferenceMarket.sol";
const COURT = "contracts/DisputeCourt.sol";
const NODES = "contracts/NodeRegistry.sol";
const MARKET_TESTS = [
  "test/InferenceMarket*.t.sol",
  "test/lifecycle/*.t.sol",
  "test/MarketInvariants.t.sol",
];
const COURT_TESTS = ["test/DisputeCourt*.t.sol", "test/InferenceMarketDispute.t.sol"];
const BATCHES = "contracts/BatchSettler.sol";
const ORDERS = "contracts/OrderSettler.sol";
const BATCH_TESTS = ["test/BatchSettler.t.sol", "test/BatchSettler[C-L]*.t.sol"];
const ORDER_TESTS = ["test/OrderSettler*.t.sol", "test/OrderInvariants.t.sol"];
const NODE_TESTS = ["test/NodeRegistry*.t.sol", "test/MarketInvariants.t.sol"];

const SUBJECTS: readonly Subject[] = [
  { file: MARKET, targets: [MARKET], tests: MARKET_TESTS },
  { file: COURT, targets: [COURT], tests: COURT_TESTS },
  { file: NODES, targets: [NODES], tests: NODE_TESTS },
  { file: BATCHES, targets: [BATCHES], tests: BATCH_TESTS },
  { file: ORDERS, targets: [ORDERS], tests: ORDER_TESTS },
  library("BatchJudge", [BATCHES], BATCH_TESTS),
  library("Channels", [BATCHES], BATCH_TESTS),
  library("Exposures", [BATCHES], BATCH_TESTS),
  library("Timelines", [NODES], NODE_TESTS),
  library("Lifecycle", [MARKET], MARKET_TESTS),
  library("Finality", [MARKET], MARKET_TESTS),
  library("FeeSplit", [MARKET, COURT], [...MARKET_TESTS, ...COURT_TESTS]),
  library("Guarded", [MARKET, NODES], [...MARKET_TESTS, ...NODE_TESTS]),
  library("Availability", [MARKET, COURT], [...MARKET_TESTS, ...COURT_TESTS]),
];

/** Its own tests, if it has any, hold its code as contracts do. */
function library(name: string, users: readonly string[], tests: readonly string[]): Subject {
  const own = globSync(`test/libraries/${name}.t.sol`);
  const file = `contracts/libraries/${name}.sol`;
  return { file, targets: [...users, ...own], tests: [...own, ...tests] };
}

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const RESULTS = join(ROOT, ".assay", "mutants.jsonl");
/** A mutant may make a test slower; it may not make it endless. */
const TIMEOUT_FACTOR = 5;

const { values: options } = parseArgs({
  options: {
    file: { type: "string", default: "" },
    sample: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});

/* CHOICE */

const digest = (...parts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);

const testFiles = (subject: Subject): string[] =>
  subject.tests.flatMap((pattern) => globSync(pattern, { cwd: ROOT }).sort());

const digestTests = (subject: Subject): string =>
  digest(
    ...[...testFiles(subject), ...globSync("test/support/*.sol", { cwd: ROOT }).sort()].map(
      (file) => readFileSync(join(ROOT, file), "utf8"),
    ),
  );

interface Job {
  subject: Subject;
  mutant: Mutant;
  key: string;
}

/** All mutants, or a sample that the seed alone decides. */
function chooseJobs(): Job[] {
  const subjects = SUBJECTS.filter(({ file }) => file.includes(options.file));
  const jobs = subjects.flatMap((subject) => {
    const source = readFileSync(join(ROOT, subject.file), "utf8");
    return findMutants(subject.file, source).map((mutant) => ({
      subject,
      mutant,
      key: digest(source, JSON.stringify(mutant)),
    }));
  });
  if (Number(options.sample) === 0) return jobs;
  const drawn = jobs
    .map((job) => ({ job, place: digest(options.seed, JSON.stringify(job.mutant)) }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .slice(0, Number(options.sample))
    .map(({ job }) => job);
  return jobs.filter((job) => drawn.includes(job));
}

function readOutcomes(): Map<string, Outcome> {
  if (!existsSync(RESULTS)) return new Map();
  const lines = readFileSync(RESULTS, "utf8").split("\n").filter(Boolean);
  return new Map(
    lines.map((line) => JSON.parse(line) as Outcome).map((outcome) => [outcome.key, outcome]),
  );
}

/* RUN */

async function runFirstFailing(folder: string, subject: Subject, timeoutMs: number) {
  for (const pattern of subject.tests) {
    const files = globSync(pattern, { cwd: ROOT }).sort();
    const run = await runTests(folder, files, timeoutMs);
    if (!run.passed) return run;
  }
  return { passed: true } as const;
}

/** The unchanged contracts, compiled as mutants are, must pass; returns how long that took. */
async function measureBaseline(folder: string, subject: Subject): Promise<number> {
  const source = readFileSync(join(ROOT, subject.file), "utf8");
  const start = performance.now();
  const restore = install(compileMutant(folder, subject.file, source, subject.targets) ?? []);
  try {
    const run = await runFirstFailing(folder, subject, 30 * 60_000);
    if (!run.passed) throw new RangeError(`${subject.file}: ${run.by} fails without a mutant`);
  } finally {
    restore();
  }
  return performance.now() - start;
}

async function tryMutant(folder: string, job: Job, timeoutMs: number): Promise<Outcome> {
  const { subject, mutant, key } = job;
  const start = performance.now();
  const finish = (outcome: Outcome["outcome"], by?: string): Outcome => ({
    ...mutant,
    key,
    tests: digestTests(subject),
    outcome,
    ...(by === undefined ? {} : { by }),
    seconds: Math.round((performance.now() - start) / 1000),
  });
  const text = apply(mutant, readFileSync(join(ROOT, mutant.file), "utf8"));
  const built = compileMutant(folder, mutant.file, text, subject.targets);
  if (built === undefined) return finish("invalid");
  const restore = install(built);
  try {
    const run = await runFirstFailing(folder, subject, timeoutMs);
    return run.passed ? finish("survived") : finish("killed", run.by);
  } finally {
    restore();
  }
}

const jobs = chooseJobs();
const known = readOutcomes();
const isDone = ({ key, subject }: Job): boolean => {
  const outcome = known.get(key);
  if (outcome === undefined) return false;
  return outcome.outcome !== "survived" || outcome.tests === digestTests(subject);
};
const open = jobs.filter((job) => !isDone(job));
console.error(`${jobs.length} mutants, ${jobs.length - open.length} known from before`);

if (open.length > 0) {
  mkdirSync(dirname(RESULTS), { recursive: true });
  console.error("copying and building the checkout ...");
  const tested = new Set(open.flatMap(({ subject }) => testFiles(subject)));
  const folder = createWorkspace(ROOT, [...tested]);
  for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => {
      removeWorkspace(folder);
      process.exit(130);
    });
  try {
    await runAll(folder, open);
  } finally {
    removeWorkspace(folder);
  }
}

async function runAll(folder: string, list: readonly Job[]): Promise<void> {
  const timeouts = new Map<Subject, number>();
  for (const subject of new Set(list.map((job) => job.subject))) {
    const took = await measureBaseline(folder, subject);
    timeouts.set(subject, took * TIMEOUT_FACTOR);
    console.error(`${subject.file}: without a mutant all pass, ${(took / 1000).toFixed(0)} s`);
  }
  const start = performance.now();
  for (const [index, job] of list.entries()) {
    const outcome = await tryMutant(folder, job, timeouts.get(job.subject) ?? 0);
    known.set(job.key, outcome);
    appendFileSync(RESULTS, `${JSON.stringify(outcome)}\n`);
    const minutes = (performance.now() - start) / 60_000;
    const left = Math.ceil((minutes / (index + 1)) * (list.length - index - 1));
    console.error(`${index + 1}/${list.length}, ${left} min left: ${describe(outcome)}`);
  }
}

/* REPORT */

function describe({ file, line, operator, before, after, outcome, by }: Outcome): string {
  const killer = by === undefined ? "" : ` by ${by}`;
  const change = after === "" ? shorten(before) : `${shorten(before)} -> ${shorten(after)}`;
  return `${outcome}${killer}: ${file}:${line} ${operator}: ${change}`;
}

function shorten(text: string): string {
  const flat = text.replaceAll(/\s+/g, " ");
  return flat.length > 70 ? `${flat.slice(0, 67)}...` : flat;
}

const outcomes = jobs.flatMap(({ key }) => known.get(key) ?? []);
const of = (kind: Outcome["outcome"]): Outcome[] =>
  outcomes.filter(({ outcome }) => outcome === kind);
const [killed, survived, invalid] = [of("killed"), of("survived"), of("invalid")];
if (options.json) {
  console.log(JSON.stringify(outcomes, null, 2));
} else {
  for (const outcome of survived) console.log(describe(outcome));
  const rate = (100 * killed.length) / Math.max(1, killed.length + survived.length);
  console.log(
    `${killed.length} killed, ${survived.length} survived, ${invalid.length} did not compile: ${rate.toFixed(1)} % killed`,
  );
}
