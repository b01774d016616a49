// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, realpath } from "node:fs/promises";
import { createServer } from "node:net";

import { DatabaseUnusableError, FolderInUseError } from "./errors.ts";

/** A folder that no other process of this machine has locked. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Locks a folder for this process: it listens on a name made from the folder, which the system gives to one process and
 * takes back when that process ends, however it ends. A lock file would outlive a crash, and the libraries that write one
 * wait seconds to tell a crash from a slow owner.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  let canonical: string;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    canonical = await realpath(folder);
  } catch (cause) {
    throw new DatabaseUnusableError("folder", cause);
  }
  const name = `assay-${createHash("sha256").update(canonical).digest("hex").slice(0, 32)}`;
  const server = createServer((socket) => socket.destroy());
  server.unref();
  try {
    server.listen(nameOf(name));
    await once(server, "listening");
  } catch {
    throw new FolderInUseError(folder);
  }
  return {
    release: async () => {
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

/** Linux and Windows have names that are no files. Elsewhere a port made from the name does, which may refuse needlessly. */
function nameOf(name: string): string | { host: string; port: number } {
  if (process.platform === "linux") return `\0${name}`;
  if (process.platform === "win32") return `\\\\?\\pipe\\${name}`;
  return { host: "127.0.0.1", port: 49_152 + (Number.parseInt(name.slice(6, 14), 16) % 16_384) };
}
