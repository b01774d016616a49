// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The development ceremony: from circuit sources to proving and verifying key, the same bytes on
 * every machine. Its secrets are public by construction; a deployment of value needs a ceremony of
 * its own.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";

import {
  circuitDirectory,
  hasArtefacts,
  projectRoot,
  readDeclaration,
  tauDirectory,
  writeArtefacts,
  type CircuitDeclaration,
  type CircuitLocation,
} from "./artefacts.ts";
import type { CeremonyAnswer, CeremonyJob } from "./ceremony-process.ts";
import { forkModule } from "./child-process.ts";
import { CircuitBuildError } from "./errors.ts";
import { ARTEFACTS, loadCircuit, type Circuit } from "./load-circuit.ts";
import { readConstraintCount } from "./r1cs-header.ts";
import {
  assertPhase2,
  formatVerifyingKey,
  parseVerifyingKey,
  type VerifyingKey,
} from "./verifying-key.ts";

const TAU_FILE = "powers-of-tau.ptau";
const CEREMONY_MEMORY_MB = 2_048;
const CEREMONY_TIMEOUT_MS = 1_800_000;
const COMPILER_TIMEOUT_MS = 120_000;

export interface BuildCircuitParameters extends CircuitLocation {
  /** A name in circuits.json. */
  circuit: string;
  /** Told what is being done, one line each; nothing by default. */
  log?: (line: string) => void;
}

export interface BuildCircuitReturnType {
  directory: string;
  verifyingKey: VerifyingKey;
  /** Number of constraints that the compiler left. */
  constraints: number;
}

/** Runs one step in a process that reads the job's files and writes below their folders, and nowhere else. */
async function runCeremony(job: CeremonyJob): Promise<Extract<CeremonyAnswer, { ok: true }>> {
  const { kind: _, power: __, ...paths } = { power: undefined, ...job };
  const files: string[] = Object.values(paths);
  const child = forkModule({
    base: import.meta.url,
    name: "ceremony-process",
    memoryMB: CEREMONY_MEMORY_MB,
    readable: files,
    writable: [path.dirname(job.output)],
  });
  const timer = setTimeout(() => child.process.kill("SIGKILL"), CEREMONY_TIMEOUT_MS);
  child.process.send(job);
  const [answer] = (await Promise.race([
    once(child.process, "message"),
    once(child.process, "close").then(() => [undefined]),
  ]).finally(() => clearTimeout(timer))) as [CeremonyAnswer | undefined];
  if (answer === undefined) {
    throw new CircuitBuildError("running the ceremony", child.stderr() || "the process ended");
  }
  if (!answer.ok) throw new CircuitBuildError(answer.step, answer.reason);
  return answer;
}

async function compile(
  { source, optimisation }: CircuitDeclaration,
  output: string,
  location: CircuitLocation,
): Promise<void> {
  const require = createRequire(path.join(projectRoot(location), "package.json"));
  const modules = path.resolve(path.dirname(require.resolve("circomlib/package.json")), "..");
  const compiler = require.resolve("circom2/cli.js");
  const args = [compiler, source, optimisation, "--r1cs", "--wasm", "-l", modules, "-o", output];
  try {
    await promisify(execFile)(process.execPath, args, {
      cwd: projectRoot(location),
      timeout: COMPILER_TIMEOUT_MS,
      // No key of ours for a compiler.
      env: {},
    });
  } catch (cause) {
    const { stderr = "" } = cause as { stderr?: string };
    const reason = stripVTControlCharacters(stderr).trim() || String(cause);
    throw new CircuitBuildError("compiling", reason, cause);
  }
  const base = path.basename(source, ".circom");
  await rename(path.join(output, `${base}.r1cs`), path.join(output, ARTEFACTS.r1cs));
  await rename(path.join(output, `${base}_js`, `${base}.wasm`), path.join(output, ARTEFACTS.wasm));
}

/** The development powers of tau, from the cache when they are there. */
async function ensureTau(
  power: number,
  location: CircuitLocation,
  log: (line: string) => void,
): Promise<string> {
  const directory = await tauDirectory(power, location);
  if (!(await hasArtefacts("powers of tau", directory))) {
    log(`powers of tau: making 2^${power}, once per machine (about half a minute)`);
    await writeArtefacts("powers of tau", directory, [TAU_FILE], async (temporary) => {
      const at = (file: string) => path.join(temporary, file);
      const output = at(TAU_FILE);
      const [empty, contributed] = [at("empty.ptau"), at("contributed.ptau")];
      await runCeremony({ kind: "tau", power, empty, contributed, output });
    });
  }
  return path.join(directory, TAU_FILE);
}

/**
 * Builds a circuit into the artefact cache, or takes it from there. Two processes may build at
 * once.
 *
 * @throws {CircuitBuildError} when compiling or a ceremony step fails.
 * @throws {MissingPhase2Error} when the key has no phase-2 contribution.
 */
export async function buildCircuit(
  parameters: BuildCircuitParameters,
): Promise<BuildCircuitReturnType> {
  const { circuit, log = () => {}, ...location } = parameters;
  const declaration = await readDeclaration(circuit, location);
  const directory = await circuitDirectory(circuit, location);

  if (!(await hasArtefacts(circuit, directory))) {
    const tau = await ensureTau(declaration.powerOfTau, location, log);
    await writeArtefacts(circuit, directory, Object.values(ARTEFACTS), async (temporary) => {
      const at = (file: string) => path.join(temporary, file);
      log(`${circuit}: compiling ${declaration.source}`);
      await compile(declaration, temporary, location);

      log(`${circuit}: making the development keys`);
      const [r1cs, initial, output] = [at(ARTEFACTS.r1cs), at("initial.zkey"), at(ARTEFACTS.zkey)];
      const { key } = await runCeremony({ kind: "keys", r1cs, tau, initial, output });
      const verifyingKey = parseVerifyingKey(key);
      assertPhase2(verifyingKey);
      await writeFile(at(ARTEFACTS.verifyingKey), formatVerifyingKey(verifyingKey));
    });
  }

  const built = await readFile(path.join(directory, ARTEFACTS.verifyingKey), "utf8");
  const verifyingKey = parseVerifyingKey(JSON.parse(built));
  assertPhase2(verifyingKey);
  const constraints = readConstraintCount(await readFile(path.join(directory, ARTEFACTS.r1cs)));
  return { directory, verifyingKey, constraints };
}

/**
 * Loads a circuit and builds it first when this machine never did.
 *
 * @throws {StaleVerifyingKeyError} when the committed key is of other sources: building does not
 * commit a key.
 */
export async function ensureCircuit(parameters: BuildCircuitParameters): Promise<Circuit> {
  const { circuit, log: _, ...location } = parameters;
  await buildCircuit(parameters);
  return loadCircuit(circuit, location);
}
