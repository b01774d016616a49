// SPDX-License-Identifier: MIT
import { ModelFormatError, VerifyingKeyFormatError } from "./errors.ts";
import { parseModel, type QuantisedModel } from "./model.ts";
import { parseVerifyingKey, type VerifyingKey } from "./verifying-key.ts";

/** Names are path segments: nothing else may reach the file system. */
const NAME = /^[a-z][a-z0-9-]{0,31}$/;

async function readModelFile(name: string, file: string): Promise<unknown> {
  const { readFile } = await import("node:fs/promises");
  return JSON.parse(
    await readFile(new URL(`../../models/${name}/${file}`, import.meta.url), "utf8"),
  );
}

/**
 * Loads a model that comes with the package.
 *
 * @throws {ModelFormatError} when there is no such model, or it is malformed.
 */
export async function loadModel(name: string): Promise<QuantisedModel> {
  if (!NAME.test(name)) throw new ModelFormatError("name", "a model of the package");
  let value: unknown;
  try {
    value = await readModelFile(name, "model.json");
  } catch (cause) {
    throw new ModelFormatError("model.json", `a readable JSON file for the model "${name}"`, cause);
  }
  return parseModel(value);
}

/**
 * Loads the verifying key of a model that comes with the package.
 *
 * @throws {VerifyingKeyFormatError} when there is none, or it is malformed.
 */
export async function loadVerifyingKey(name: string): Promise<VerifyingKey> {
  if (!NAME.test(name)) throw new VerifyingKeyFormatError("name", "a model of the package");
  let value: unknown;
  try {
    value = await readModelFile(name, "verifying-key.json");
  } catch (cause) {
    throw new VerifyingKeyFormatError("verifying-key.json", `a readable file for "${name}"`, cause);
  }
  return parseVerifyingKey(value);
}
