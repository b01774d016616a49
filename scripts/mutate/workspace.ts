// SPDX-License-Identifier: MIT
// A copy of the checkout in which contracts can be broken. Tests deploy built artifacts (test/support/Deployer.sol), so a
// mutant is compiled alone, put into its artifact, and no test is compiled again.
import { execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** As far as we use it. */
interface CompilerInput {
  sources: Record<string, { content: string }>;
  settings: { optimizer: object; outputSelection: object };
}
interface CompilerOutput {
  errors?: readonly { severity: string; message: string }[];
  contracts?: Record<string, Record<string, { evm: Record<string, { object: string }> }>>;
}
interface Solc {
  compile(input: string, callbacks: { import: (path: string) => object }): string;
}

export interface Built {
  /** Path of the artifact. */
  artifact: string;
  bytecode: string;
  deployedBytecode: string;
}

export type TestRun = { passed: true } | { passed: false; by: string };

const solc: Solc = createRequire(import.meta.url)("solc");
/** What Hardhat calls the project's sources. */
const PROJECT = "project/";

/** Copies what git knows of, builds the contracts and these tests, and returns the copy's folder. */
export function createWorkspace(root: string, tests: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "assay-mutate-"));
  const listed = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  const files = listed.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
  for (const file of files) cpSync(join(root, file), join(folder, file));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const selection of [["--no-tests"], tests])
    execFileSync("hardhat", ["build", "--quiet", ...selection], { cwd: folder, stdio: "ignore" });
  return folder;
}

export function removeWorkspace(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Compiles what holds the code of `file`, with this text for it; nothing if it does not compile. */
export function compileMutant(
  folder: string,
  file: string,
  text: string,
  targets: readonly string[],
): Built[] | undefined {
  const built: Built[] = [];
  for (const target of targets) {
    const output = target.startsWith("test/") ? "cache/test-artifacts" : "artifacts";
    const contracts = compile(readInput(join(folder, output, "build-info"), target), target, {
      [PROJECT + file]: text,
    });
    if (contracts === undefined) return undefined;
    for (const [name, { evm }] of Object.entries(contracts)) {
      const { bytecode, deployedBytecode } = evm;
      if (!bytecode?.object || !deployedBytecode) continue;
      built.push({
        artifact: join(folder, output, target, `${name}.json`),
        bytecode: `0x${bytecode.object}`,
        deployedBytecode: `0x${deployedBytecode.object}`,
      });
    }
  }
  return built;
}

function readInput(folder: string, target: string): CompilerInput {
  for (const name of readdirSync(folder).filter((file) => !file.endsWith(".output.json"))) {
    const { input } = JSON.parse(readFileSync(join(folder, name), "utf8")) as {
      input: CompilerInput;
    };
    if (PROJECT + target in input.sources) return input;
  }
  throw new RangeError(`${target} is not built`);
}

/** Without the optimizer, which would take three times as long; how a contract is compiled is not what is tested here. */
function compile(
  { sources, settings, ...input }: CompilerInput,
  target: string,
  changed: Record<string, string>,
) {
  const contentOf = (path: string) => changed[path] ?? sources[path]?.content;
  const path = PROJECT + target;
  const code = ["evm.bytecode.object", "evm.deployedBytecode.object"];
  const options = {
    ...input,
    sources: { [path]: { content: contentOf(path) } },
    settings: {
      ...settings,
      optimizer: { enabled: false },
      outputSelection: { [path]: { "*": code } },
    },
  };
  // The compiler asks for what the target imports, and so reads no more than that.
  const read = (imported: string) => ({ contents: contentOf(imported) });
  const output = JSON.parse(
    solc.compile(JSON.stringify(options), { import: read }),
  ) as CompilerOutput;
  const failed = output.errors?.some(({ severity }) => severity === "error") ?? false;
  return failed ? undefined : output.contracts?.[path];
}

/** Puts code into its artifacts; returns what puts back what was there. */
export function install(built: readonly Built[]): () => void {
  const kept = built.map(({ artifact }) => [artifact, readFileSync(artifact, "utf8")] as const);
  for (const { artifact, ...code } of built) {
    const found = JSON.parse(readFileSync(artifact, "utf8")) as object;
    writeFileSync(artifact, JSON.stringify({ ...found, ...code }));
  }
  return () => {
    for (const [artifact, text] of kept) writeFileSync(artifact, text);
  };
}

/** Runs Solidity tests on the artifacts as they are. A run that takes too long counts as failed: the mutant loops. */
export async function runTests(
  folder: string,
  files: readonly string[],
  timeoutMs: number,
): Promise<TestRun> {
  const tests = spawn("hardhat", ["test", "solidity", "--no-compile", ...files], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
    timeout: Math.ceil(timeoutMs),
  });
  let output = "";
  tests.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  tests.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => tests.on("close", resolve));
  if (status === 0) return { passed: true };
  if (status === null) return { passed: false, by: "timeout" };
  const failure = /^ +1\) (\S+)#(\S+)/m.exec(output);
  if (failure === null) throw new RangeError(`The tests did not run:\n${output.slice(-2_000)}`);
  return { passed: false, by: `${failure[1]}.${failure[2]}` };
}
