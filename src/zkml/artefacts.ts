// SPDX-License-Identifier: MIT
/**
 * Owns the artefact cache: which folder belongs to which circuit, and whether its files are whole.
 * Folders are named by the digest of everything that goes into them, written under another name and
 * renamed when complete: a reader sees all of a build or nothing, and two builders at once cannot
 * mix their files.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { DEVELOPMENT_CEREMONY } from "./development.ts";
import { CircuitCorruptError, CircuitNotBuiltError, UnknownCircuitError } from "./errors.ts";

/** One entry of `circuits/circuits.json`. Paths are relative to the project's root. */
export interface CircuitDeclaration {
  template: string;
  model: string;
  /** The generated main component. */
  source: string;
  verifyingKey: string;
  /** The domain has 2^powerOfTau points. */
  powerOfTau: number;
  /** Option of the circom compiler. */
  optimisation: string;
  /** Snapshot of the number of constraints; the build fails when it differs. */
  constraints: number;
}

/** Where things are. Both have defaults; tests build elsewhere. */
export interface CircuitLocation {
  /** The project's root. */
  root?: string;
  /** The folder of all artefacts. */
  cacheDirectory?: string;
}

const MANIFEST = "manifest.json";

export function projectRoot({ root }: CircuitLocation): string {
  return root ?? fileURLToPath(new URL("../..", import.meta.url));
}

export function cacheRoot(location: CircuitLocation): string {
  return location.cacheDirectory ?? path.join(projectRoot(location), "cache/circuits");
}

function digest(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(createHash("sha256").update(part).digest());
  return hash.digest("hex").slice(0, 32);
}

/** All declared circuits, by name. */
export async function readDeclarations(
  location: CircuitLocation,
): Promise<Record<string, CircuitDeclaration>> {
  const file = path.join(projectRoot(location), "circuits/circuits.json");
  return JSON.parse(await readFile(file, "utf8")) as Record<string, CircuitDeclaration>;
}

/** @throws {UnknownCircuitError} */
export async function readDeclaration(
  name: string,
  location: CircuitLocation,
): Promise<CircuitDeclaration> {
  const declarations = await readDeclarations(location);
  const declaration = Object.hasOwn(declarations, name) ? declarations[name] : undefined;
  if (declaration === undefined) throw new UnknownCircuitError(name, Object.keys(declarations));
  return declaration;
}

async function pinnedVersion(tool: string, location: CircuitLocation): Promise<string> {
  const file = path.join(projectRoot(location), "package.json");
  const { dependencies = {}, devDependencies = {} } = JSON.parse(await readFile(file, "utf8")) as {
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  return `${tool}@${dependencies[tool] ?? devDependencies[tool] ?? "unpinned"}`;
}

/** The folder of the development powers of tau. */
export async function tauDirectory(power: number, location: CircuitLocation): Promise<string> {
  const { tauBeacon, iterationsExponent } = DEVELOPMENT_CEREMONY;
  const version = await pinnedVersion("snarkjs", location);
  const key = digest([`tau ${power} ${tauBeacon} ${iterationsExponent} ${version}`]);
  return path.join(cacheRoot(location), key);
}

/** The folder of a circuit's artefacts, named by its sources, its tools and its ceremony. */
export async function circuitDirectory(name: string, location: CircuitLocation): Promise<string> {
  const { source, powerOfTau, optimisation } = await readDeclaration(name, location);
  const folder = path.join(projectRoot(location), "circuits");
  const templates = (await readdir(folder)).filter((file) => file.endsWith(".circom")).sort();
  const tools = ["circom2", "circomlib", "snarkjs"].map((tool) => pinnedVersion(tool, location));
  const { phase2Beacon, iterationsExponent } = DEVELOPMENT_CEREMONY;

  const key = digest([
    `${name} ${optimisation} ${phase2Beacon} ${iterationsExponent}`,
    path.basename(await tauDirectory(powerOfTau, location)),
    ...(await Promise.all(tools)),
    ...(await Promise.all(templates.map((file) => readFile(path.join(folder, file))))),
    await readFile(path.join(projectRoot(location), source)),
  ]);
  return path.join(cacheRoot(location), key);
}

async function fileDigest(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}

/**
 * Checks that the folder is complete and that every file has the digest recorded when it was built.
 *
 * @throws {CircuitNotBuiltError} when the folder is absent, {@link CircuitCorruptError} when a file
 * was changed.
 */
export async function checkArtefacts(name: string, directory: string): Promise<void> {
  let manifest: Record<string, string>;
  try {
    manifest = JSON.parse(
      await readFile(path.join(directory, MANIFEST), "utf8"),
    ) as typeof manifest;
  } catch (cause) {
    throw new CircuitNotBuiltError(name, directory, cause);
  }
  for (const [file, expected] of Object.entries(manifest)) {
    const target = path.join(directory, path.basename(file));
    const actual = await fileDigest(target).catch(() => undefined);
    if (actual !== expected) throw new CircuitCorruptError(target);
  }
}

/** Whether the folder is complete and whole. */
export async function hasArtefacts(name: string, directory: string): Promise<boolean> {
  try {
    await checkArtefacts(name, directory);
    return true;
  } catch (error) {
    if (error instanceof CircuitNotBuiltError || error instanceof CircuitCorruptError) return false;
    throw error;
  }
}

/**
 * Fills a folder of the cache: `write` makes the files `names` in a temporary folder, whose other
 * files are dropped and which takes the final name in one step. When another process was faster its
 * files stay, for they are the same.
 */
export async function writeArtefacts(
  name: string,
  directory: string,
  names: readonly string[],
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${directory}.${process.pid}.${randomUUID()}`;
  await mkdir(temporary, { recursive: true });
  try {
    await write(temporary);
    for (const file of await readdir(temporary)) {
      if (!names.includes(file)) await rm(path.join(temporary, file), { recursive: true });
    }
    const files = names.map(async (file) => [file, await fileDigest(path.join(temporary, file))]);
    const manifest = Object.fromEntries(await Promise.all(files)) as Record<string, string>;
    await writeFile(path.join(temporary, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    if (await hasArtefacts(name, directory)) return;
    // A folder that is not whole is of no use to anybody: it makes way.
    await rm(directory, { recursive: true, force: true });
    await rename(temporary, directory).catch(async (error: unknown) => {
      if (!(await hasArtefacts(name, directory))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
