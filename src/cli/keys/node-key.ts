// SPDX-License-Identifier: MIT
// The private keys of a node: from key stores, which share one password, or from the environment.
import type { Hex } from "viem";
import { privateKeyToAddress } from "viem/accounts";

import { KeyInvalidError, KeyMissingError } from "../errors.ts";
import { readText } from "../files.ts";
import { KeyAmbiguousError, KeyRepeatedError } from "./errors.ts";
import { openKey } from "./keystore.ts";
import { takePassword } from "./password.ts";
import { takeKeys } from "./private-key.ts";

export const KEY_VARIABLE = "ASSAY_NODE_KEY";
export const GAS_KEYS_VARIABLE = "ASSAY_GAS_KEYS";

export interface NodeKeyOptions {
  keystore?: string;
  gasPayer: readonly string[];
  passwordFile?: string;
}

export interface NodeKeys {
  privateKey: Hex;
  gasPayerKeys: readonly Hex[];
}

/**
 * @throws {KeyMissingError}, {@link KeyInvalidError}, {@link KeyAmbiguousError}, {@link KeyRepeatedError}, and what a key
 * store throws.
 */
export async function takeNodeKeys(options: NodeKeyOptions): Promise<NodeKeys> {
  const { keystore, gasPayer } = options;
  const given = takeNodeKey();
  const givenGas = takeKeys(GAS_KEYS_VARIABLE);
  if (keystore === undefined && given === undefined) throw new KeyMissingError(KEY_VARIABLE);
  if (keystore !== undefined && given !== undefined) throw new KeyAmbiguousError(KEY_VARIABLE);
  if (gasPayer.length > 0 && givenGas.length > 0) throw new KeyAmbiguousError(GAS_KEYS_VARIABLE);

  const files = keystore === undefined ? gasPayer : [keystore, ...gasPayer];
  const opened = await openAll(files, options.passwordFile);
  const keys = [given ?? [], opened, givenGas].flat();
  const [privateKey, ...gasPayerKeys] = keys;
  if (privateKey === undefined) throw new KeyMissingError(KEY_VARIABLE);
  assertDistinct(keys);
  return { privateKey, gasPayerKeys };
}

/** The environment's key, if there is one. */
export function takeNodeKey(): Hex | undefined {
  const [key, ...others] = takeKeys(KEY_VARIABLE);
  if (others.length > 0) throw new KeyInvalidError(KEY_VARIABLE);
  return key;
}

async function openAll(files: readonly string[], passwordFile?: string): Promise<Hex[]> {
  if (files.length === 0) return [];
  const stored = await Promise.all(
    files.map(async (file) => ({ file, text: await readText(file) })),
  );
  const password = await takePassword(passwordFile);
  return stored.map(({ file, text }) => openKey(text, password, file));
}

function assertDistinct(keys: readonly Hex[]): void {
  const addresses = keys.map((key) => privateKeyToAddress(key));
  const repeated = addresses.find((address, index) => addresses.indexOf(address) !== index);
  if (repeated !== undefined) throw new KeyRepeatedError(repeated);
}
