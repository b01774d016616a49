// SPDX-License-Identifier: MIT
// A key store that is new: of a key that is made here, or brought by the environment, standard input or the terminal.
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";

import type { Address, Hex } from "viem";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";

import { CliError, FileExistsError } from "../errors.ts";
import { isTerminal, type Terminal, withTerminal } from "../wizard/terminal.ts";
import { sealKey } from "./keystore.ts";
import { takeNodeKey } from "./node-key.ts";
import { takeNewPassword } from "./password.ts";
import { toPrivateKey } from "./private-key.ts";

export interface NewKeyOptions {
  /** Whether standard input has the key; then it cannot answer questions, too. */
  keyStdin?: true;
  passwordFile?: string | undefined;
}

/** A key and its file's text: nothing is written yet. */
export interface SealedKey {
  address: Address;
  sealed: string;
}

/** Asks, if there is a terminal, for what is not given. */
export async function sealNewKey(
  { keyStdin, passwordFile }: NewKeyOptions,
  terminal: Terminal | undefined,
): Promise<SealedKey> {
  const given = keyStdin === true ? await readStandardInput() : takeNodeKey();
  const privateKey = given ?? (await askForKey(terminal));
  const address = privateKeyToAddress(privateKey);
  return { address, sealed: sealKey(privateKey, await takeNewPassword(passwordFile, terminal)) };
}

/** @throws {FileExistsError} before anybody was asked anything. */
export function assertNew(...files: readonly string[]): void {
  for (const file of files) if (existsSync(file)) throw new FileExistsError(file);
}

async function readStandardInput(): Promise<Hex> {
  const given = isTerminal()
    ? await withTerminal((terminal) => terminal.askHidden("Private key, not shown:"))
    : await text(process.stdin);
  return toPrivateKey(given.trim(), "Standard input");
}

async function askForKey(terminal: Terminal | undefined): Promise<Hex> {
  if (terminal === undefined) return generatePrivateKey();
  for (;;) {
    const answer = await terminal.askHidden(`Private key to import, not shown (empty: a new one):`);
    if (answer.trim() === "") return generatePrivateKey();
    try {
      return toPrivateKey(answer.trim(), "The answer");
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      terminal.say(error.message);
    }
  }
}
