// SPDX-License-Identifier: MIT
// Makes a fresh clone ready: installs the pinned dependencies under Node 24, because npm run by an
// older Node skips Hardhat's native package, and links the `assay` command for `npx`. Plain Node, no dependency.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE = "24.21.0";
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const lock = join(root, "package-lock.json");
const installed = join(root, "node_modules", ".package-lock.json");

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  console.error("Installing pinned dependencies (once, about half a minute) ...");
  const { status } = spawnSync(
    "npx",
    ["-y", "-p", `node@${NODE}`, "--", "npm", "ci", "--no-progress"],
    {
      cwd: root,
      stdio: ["ignore", 2, 2],
      shell: process.platform === "win32",
    },
  );
  if (status !== 0) {
    console.error(
      "Installation failed: npm must reach its registry. Run `npm run setup` to try again.",
    );
    process.exit(1);
  }
}

const link = join(root, "node_modules", ".bin", "assay");
if (!existsSync(link)) {
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(join("..", "..", "bin", "assay.mjs"), link);
}

// An empty database: a copy of it is ready at once, a new one after seconds. Gone with its engine when that is replaced.
const template = join(root, "node_modules", ".cache", "assay", "pglite");
if (!existsSync(template)) {
  const { PGlite } = await import("@electric-sql/pglite");
  const unfinished = `${template}-${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  await (await PGlite.create(unfinished)).close();
  if (existsSync(template)) rmSync(unfinished, { recursive: true });
  else renameSync(unfinished, template);
}
