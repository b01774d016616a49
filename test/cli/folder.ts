// SPDX-License-Identifier: MIT
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Folder {
  path: string;
  /** Writes a file that only its owner reads, and returns its path. */
  put: (name: string, content: string | object) => Promise<string>;
  remove: () => Promise<void>;
}

export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "assay-files-"));
  return {
    path,
    put: async (name, content) => {
      const text = typeof content === "string" ? content : JSON.stringify(content);
      await writeFile(join(path, name), text, { mode: 0o600 });
      return join(path, name);
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

/** Runs with these environment variables and puts back what was there. */
export async function withEnvironment<T>(
  variables: Record<string, string>,
  run: () => Promise<T>,
): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return await run();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
