// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** Comes with the test runner, without types. Prometheus and compose read YAML 1.1, with its merge keys. */
const { load, YAML11_SCHEMA: schema } = createRequire(import.meta.url)("js-yaml") as {
  load: (text: string, options: { schema: unknown }) => unknown;
  YAML11_SCHEMA: unknown;
};

export const OPS = fileURLToPath(new URL("../../ops/", import.meta.url));
export const readOps = (path: string): string => readFileSync(`${OPS}${path}`, "utf8");
export const readYaml = (path: string): unknown => load(readOps(path), { schema });

/** Whether a program that not every machine has is here; where `ASSAY_REQUIRE` names it, it must be. */
export function hasProgram(program: string, requirement: string): boolean {
  const { error } = spawnSync(program, ["--version"], { stdio: "ignore" });
  if (error === undefined) return true;
  const required = (process.env["ASSAY_REQUIRE"] ?? "").split(",");
  if (required.includes(requirement))
    throw new RangeError(`ASSAY_REQUIRE names ${requirement}, but there is no ${program}`);
  // Said, not skipped: the runner takes a skipped test for a failure where everything should be there.
  process.stdout.write(`    (no ${program} on this machine: what needs it was not checked)\n`);
  return false;
}

/** Runs it, and gives what it wrote. */
export function runProgram(program: string, args: readonly string[], cwd: string) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  return { status, output: `${stdout}${stderr}` };
}
