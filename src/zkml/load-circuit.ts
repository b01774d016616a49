// SPDX-License-Identifier: MIT
import { readFile } from "node:fs/promises";
import path from "node:path";

import {
  checkArtefacts,
  circuitDirectory,
  projectRoot,
  readDeclaration,
  type CircuitLocation,
} from "./artefacts.ts";
import { StaleVerifyingKeyError } from "./errors.ts";
import { parseModel, type QuantisedModel } from "./model.ts";
import { formatVerifyingKey, parseVerifyingKey, type VerifyingKey } from "./verifying-key.ts";

/** File names inside the folder of a circuit's artefacts. */
export const ARTEFACTS = {
  r1cs: "circuit.r1cs",
  wasm: "circuit.wasm",
  zkey: "circuit.zkey",
  verifyingKey: "verifying-key.json",
} as const;

/** A circuit with all that proving needs. */
export interface Circuit {
  name: string;
  model: QuantisedModel;
  verifyingKey: VerifyingKey;
  /** Snapshot of the number of constraints. */
  constraints: number;
  r1csPath: string;
  wasmPath: string;
  zkeyPath: string;
}

/**
 * Loads a circuit from the artefact cache, after checking every file's digest.
 *
 * @throws {UnknownCircuitError} for a name that circuits.json does not declare.
 * @throws {CircuitNotBuiltError} when it was never built on this machine.
 * @throws {CircuitCorruptError} when a file is truncated or altered.
 * @throws {StaleVerifyingKeyError} when the committed key is of other sources.
 */
export async function loadCircuit(name: string, location: CircuitLocation = {}): Promise<Circuit> {
  const declaration = await readDeclaration(name, location);
  const directory = await circuitDirectory(name, location);
  await checkArtefacts(name, directory);

  const read = async (file: string) => readFile(path.join(projectRoot(location), file), "utf8");
  const committed = await read(declaration.verifyingKey);
  const built = await readFile(path.join(directory, ARTEFACTS.verifyingKey), "utf8");
  const verifyingKey = parseVerifyingKey(JSON.parse(built));
  if (committed !== formatVerifyingKey(verifyingKey)) throw new StaleVerifyingKeyError(name);

  return {
    name,
    model: parseModel(JSON.parse(await read(declaration.model))),
    verifyingKey,
    constraints: declaration.constraints,
    r1csPath: path.join(directory, ARTEFACTS.r1cs),
    wasmPath: path.join(directory, ARTEFACTS.wasm),
    zkeyPath: path.join(directory, ARTEFACTS.zkey),
  };
}
