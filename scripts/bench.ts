// SPDX-License-Identifier: MIT
/**
 * Measures one part and prints its figures.
 *
 *     node scripts/bench.ts <part> [--json]
 *
 * A part is a file in `scripts/bench/` that exports `measure`.
 */
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";

import type { Measure } from "./bench/types.ts";

/** To add a part, add a line here and a file beside the others. */
const PARTS: Record<string, () => Promise<{ measure: Measure }>> = {
  zkml: () => import("./bench/zkml.ts"),
};

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});
const part = positionals[0] ?? "";
const load = Object.hasOwn(PARTS, part) ? PARTS[part] : undefined;

if (load === undefined) {
  console.error(`usage: node scripts/bench.ts <${Object.keys(PARTS).join("|")}> [--json]`);
  process.exitCode = 2;
} else {
  const { measure } = await load();
  const figures = await measure((line) => console.error(line));
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    node: process.version,
  };
  if (options.json) {
    console.log(JSON.stringify({ ...figures, machine }, null, 2));
  } else {
    console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}\n`);
    print(figures, "");
  }
}

/** One line per figure, named by its path. */
function print(figures: object, prefix: string): void {
  for (const [name, value] of Object.entries(figures)) {
    if (typeof value === "object" && value !== null) print(value, `${prefix}${name}.`);
    else console.log(`${`${prefix}${name}`.padEnd(28)} ${value}`);
  }
}
