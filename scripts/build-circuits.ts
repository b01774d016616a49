// SPDX-License-Identifier: MIT
/**
 * Generates the main components from the models, compiles them, runs the development ceremony and
 * writes the verifying keys. Progress goes to stderr. Fails when a constraint count moved.
 *
 *     node scripts/build-circuits.ts            write what is generated
 *     node scripts/build-circuits.ts --update   also take the new constraint counts
 *     node scripts/build-circuits.ts --check    write nothing; fail when a file would change
 */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { readDeclarations } from "../src/zkml/artefacts.ts";
import { buildCircuit } from "../src/zkml/ceremony.ts";
import { generateCircuitSource } from "../src/zkml/circuit-source.ts";
import { parseModel } from "../src/zkml/model.ts";
import { formatVerifyingKey } from "../src/zkml/verifying-key.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DECLARATIONS = "circuits/circuits.json";

const { values: options } = parseArgs({
  options: { update: { type: "boolean" }, check: { type: "boolean" } },
});
const problems: string[] = [];

/**
 * Writes a generated file, or with --check only compares. Nothing is touched when the bytes are the
 * same.
 */
async function emit(file: string, content: string): Promise<void> {
  const target = path.join(ROOT, file);
  const present = await readFile(target, "utf8").catch(() => undefined);
  if (present === content) return;
  if (options.check) {
    problems.push(`${file} is not what its sources generate`);
    return;
  }
  await writeFile(target, content);
  console.error(`wrote ${file}`);
}

const declarations = await readDeclarations({});
for (const [name, declaration] of Object.entries(declarations)) {
  const started = performance.now();
  const model = parseModel(JSON.parse(await readFile(path.join(ROOT, declaration.model), "utf8")));
  await emit(declaration.source, generateCircuitSource(model, declaration.model));

  const { constraints, verifyingKey } = await buildCircuit({ circuit: name, log: console.error });
  await emit(declaration.verifyingKey, formatVerifyingKey(verifyingKey));
  if (options.update) declaration.constraints = constraints;
  if (constraints !== declaration.constraints) {
    problems.push(
      `${name} has ${constraints} constraints, the snapshot ${declaration.constraints}`,
    );
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.error(`${name}: ${constraints} constraints, ready after ${seconds} s`);
}
if (options.update) await emit(DECLARATIONS, `${JSON.stringify(declarations, null, 2)}\n`);

for (const problem of problems) console.error(`error: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
