// SPDX-License-Identifier: MIT
import { constants } from "node:fs";
import { lstat, open, realpath } from "node:fs/promises";
import path from "node:path";

import { ArtefactUnusableError } from "./errors.ts";

/**
 * Where a file of a circuit or model really is, for the process that is to read nothing else. A link in its place would choose what
 * that process may read.
 *
 * @throws {ArtefactUnusableError} if it is no regular file of at most `maxBytes`.
 */
export async function findArtefact(file: string, maxBytes: number): Promise<string> {
  const name = path.basename(file);
  const found = await lstat(file).catch((cause: unknown) => {
    throw new ArtefactUnusableError(name, "it cannot be read", cause);
  });
  if (!found.isFile()) throw new ArtefactUnusableError(name, "it is no regular file");
  if (found.size > maxBytes) {
    throw new ArtefactUnusableError(name, `it has ${found.size} bytes, over ${maxBytes}`);
  }
  return realpath(file);
}

/** Reads a file that was found; it may have become a link since. */
export async function readArtefact(file: string): Promise<Uint8Array> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
