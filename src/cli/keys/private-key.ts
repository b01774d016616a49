// SPDX-License-Identifier: MIT
import { type Hex, isHex, size } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import { KeyInvalidError } from "../errors.ts";

/**
 * @param source What holds the text, for the error; the text is not shown.
 * @throws {KeyInvalidError}
 */
export function toPrivateKey(text: string, source: string): Hex {
  if (!isHex(text) || size(text) !== 32) throw new KeyInvalidError(source);
  try {
    privateKeyToAccount(text);
  } catch {
    // Without its cause, which may show the number.
    throw new KeyInvalidError(source);
  }
  return text;
}

/** The keys of an environment variable; from then on nobody who reads the environment of a child finds them. */
export function takeKeys(variable: string): Hex[] {
  const text = process.env[variable];
  if (text === undefined) return [];
  const keys = text.split(",").map((key) => toPrivateKey(key.trim(), variable));
  delete process.env[variable];
  return keys;
}
