// SPDX-License-Identifier: MIT
// Files named on the command line.
import { readFile, writeFile } from "node:fs/promises";

import { FileUnreadableError, FileUnwritableError } from "./errors.ts";

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
