// SPDX-License-Identifier: MIT
// Files named on the command line.
import { readFile, writeFile } from "node:fs/promises";

import { FileExistsError, FileUnreadableError, FileUnwritableError } from "./errors.ts";

export async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path));
}

export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new FileUnreadableError(path, cause);
  }
}

export async function writeText(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new FileUnwritableError(path, cause);
  }
}

/** Writes a file that only its owner reads; never over another. */
export async function writeNewPrivateText(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx", mode: 0o600, flush: true });
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST")
      throw new FileExistsError(path);
    throw new FileUnwritableError(path, cause);
  }
}
