// SPDX-License-Identifier: MIT
// A key store as another program writes it: by node:crypto, after the format's description and not by our code. It is cheap to
// open, unlike ours.
import { createCipheriv, createHash, scryptSync } from "node:crypto";

import { concat, type Hex, keccak256, toHex } from "viem";
import { privateKeyToAddress } from "viem/accounts";

const COST = { n: 1_024, r: 8, p: 1 };

/** Salt and initial vector follow from the key, so that a failure can be repeated. */
export function storedKey(privateKey: Hex, password: string) {
  const seed = createHash("sha256").update(privateKey).digest();
  const iv = seed.subarray(16);
  const derived = scryptSync(password, seed, 32, { N: COST.n, r: COST.r, p: COST.p });
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const ciphertext = cipher.update(Buffer.from(privateKey.slice(2), "hex"));
  const mac = keccak256(concat([toHex(derived.subarray(16)), toHex(ciphertext)]));
  return {
    version: 3,
    id: "9d5ba0f6-12ce-4dbf-a0f5-b0a2e1d6c111",
    address: privateKeyToAddress(privateKey).slice(2).toLowerCase(),
    crypto: {
      cipher: "aes-128-ctr",
      cipherparams: { iv: iv.toString("hex") },
      ciphertext: ciphertext.toString("hex"),
      kdf: "scrypt",
      kdfparams: { ...COST, dklen: 32, salt: seed.toString("hex") },
      mac: mac.slice(2),
    },
  };
}
