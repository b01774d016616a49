// SPDX-License-Identifier: MIT
import { bytesToHex, type Hex } from "viem";
import { mnemonicToAccount, privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts";

import { isLocalChain } from "../protocol/chains.ts";
import { KeyInvalidError, KeyMissingError } from "./errors.ts";
import { toPrivateKey } from "./keys/private-key.ts";

/** The published mnemonic that local chains fund; worth nothing anywhere else. */
const DEVELOPMENT_MNEMONIC = "test test test test test test test test test test test junk";

/** Which of the mnemonic's accounts plays which part on a local chain. */
export const DEVELOPMENT_ACCOUNTS = {
  deployer: 0,
  client: 1,
  inference: 2,
  verification: [3, 4, 5],
  liar: 6,
  absent: 7,
} as const;

/** A private key of the development mnemonic. */
export function developmentKey(index: number): Hex {
  const { privateKey } = mnemonicToAccount(DEVELOPMENT_MNEMONIC, {
    addressIndex: index,
  }).getHdKey();
  if (privateKey === null) throw new KeyInvalidError("the development mnemonic");
  return bytesToHex(privateKey);
}

/** The account whose key is in an environment variable; on local chains a development account stands in. */
export function accountFrom(variable: string, chainId: number, index: number): PrivateKeyAccount {
  const key = process.env[variable];
  if (key !== undefined) {
    return privateKeyToAccount(toPrivateKey(key, variable));
  }
  if (!isLocalChain(chainId)) throw new KeyMissingError(variable);
  return privateKeyToAccount(developmentKey(index));
}
