// SPDX-License-Identifier: MIT
/** Committed files that show figures. */
import { readFile, writeFile } from "node:fs/promises";

const ROOT = new URL("../../", import.meta.url);

export async function writeFiles(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) await writeFile(new URL(path, ROOT), text);
}

/** The lines that committed files have too many (`-`) or lack (`+`). */
export async function differences(files: Record<string, string>): Promise<string[]> {
  const found: string[] = [];
  for (const [path, text] of Object.entries(files)) {
    const committed = (await readFile(new URL(path, ROOT), "utf8")).split("\n");
    const expected = text.split("\n");
    for (const line of committed) if (!expected.includes(line)) found.push(`${path} - ${line}`);
    for (const line of expected) if (!committed.includes(line)) found.push(`${path} + ${line}`);
  }
  return found;
}
