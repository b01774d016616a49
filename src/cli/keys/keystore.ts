// SPDX-License-Identifier: MIT
// Encrypted private keys: Web3 Secret Storage, version 3, as geth and others write it; made with scrypt.
import * as Keystore from "ox/Keystore";
import type { Hex } from "viem";
import { privateKeyToAddress } from "viem/accounts";

import { InvalidFieldError } from "../../protocol/errors.ts";
import {
  objectOf,
  oneOf,
  parseJson,
  partOf,
  type Reader,
  textOf,
  toCanonicalJson,
} from "../../protocol/json.ts";
import { KeystoreLockedError } from "./errors.ts";

const MAX_CHARS = 8_192;
/** What geth uses: 128 n r bytes of memory. */
const SCRYPT = { n: 2 ** 18, r: 8, p: 1 };
/** Time grows with n r p, memory with n r: more than anybody uses is refused. */
const MAX_N = 2 ** 18;
const MAX_R_TIMES_P = 8;

interface ScryptParameters {
  dklen: 32;
  n: number;
  p: number;
  r: number;
  salt: string;
}

interface StoredKey {
  version: 3;
  crypto: {
    cipher: "aes-128-ctr";
    ciphertext: string;
    cipherparams: { iv: string };
    kdf: "scrypt";
    kdfparams: ScryptParameters;
    mac: string;
  };
  /** Whose key it is: some programs leave it out. */
  address: string | undefined;
}

const hexOf = (bytes: number) =>
  textOf(new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`), `${bytes} bytes in hex, without 0x`);

const readCost: Reader<number> = (value, path) => {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidFieldError(path, "a whole number from 1");
};

const readScrypt: Reader<ScryptParameters> = (value, path) => {
  const read = objectOf<ScryptParameters>({
    dklen: oneOf([32]),
    n: readCost,
    p: readCost,
    r: readCost,
    salt: textOf(/^([0-9a-fA-F]{2}){8,64}$/, "8 to 64 bytes in hex, without 0x"),
  })(value, path);
  const isPower = read.n > 1 && Number.isInteger(Math.log2(read.n));
  if (!isPower || read.n > MAX_N || read.r * read.p > MAX_R_TIMES_P)
    throw new InvalidFieldError(
      path,
      `scrypt with n a power of 2 up to ${MAX_N} and r p up to ${MAX_R_TIMES_P}`,
    );
  return read;
};

const readCrypto = objectOf<StoredKey["crypto"]>({
  cipher: oneOf(["aes-128-ctr"]),
  ciphertext: hexOf(32),
  cipherparams: objectOf<{ iv: string }>({ iv: hexOf(16) }),
  kdf: oneOf(["scrypt"]),
  kdfparams: readScrypt,
  mac: hexOf(32),
});

const readAddress = textOf(/^(0x)?[0-9a-fA-F]{40}$/, "an address in hex");

const readStoredKey: Reader<StoredKey> = (value, path) => {
  const read = partOf<Pick<StoredKey, "version" | "crypto">>({
    version: oneOf([3]),
    crypto: readCrypto,
  })(value, path);
  const { address } = value as { address?: unknown };
  const known = address === undefined ? undefined : readAddress(address, `${path}.address`);
  return { ...read, address: known };
};

/** The text of a key store file. */
export function sealKey(privateKey: Hex, password: string): string {
  const [key, options] = Keystore.scrypt({ password, ...SCRYPT });
  const address = bareHex(privateKeyToAddress(privateKey));
  return `${toCanonicalJson({ ...Keystore.encrypt(privateKey, key, options), address })}\n`;
}

/**
 * @param file Where the text is from, for the error.
 * @throws {KeystoreLockedError} if the password is not the file's, and what readers throw.
 */
export function openKey(text: string, password: string, file: string): Hex {
  const stored = parseJson(text, readStoredKey, { what: `key store ${file}`, limit: MAX_CHARS });
  const keystore: Keystore.Keystore = { version: 3, crypto: stored.crypto, id: "" };
  try {
    // The asynchronous one takes no notice of the file's r and p.
    const key = Keystore.toKey(keystore, { password });
    const privateKey = Keystore.decrypt(keystore, key);
    const address = bareHex(privateKeyToAddress(privateKey));
    // The format's checksum does not cover the initial vector: another one would yield another key.
    if (stored.address === undefined || bareHex(stored.address) === address) return privateKey;
  } catch {
    // Without its cause, which has seen the password.
  }
  throw new KeystoreLockedError(file);
}

function bareHex(hex: string): string {
  return hex.toLowerCase().replace(/^0x/, "");
}
