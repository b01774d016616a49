// SPDX-License-Identifier: MIT
/**
 * Measures one part and prints its figures.
 *
 *     node scripts/bench.ts <part> [--json]
 *
 * A part is a file in `scripts/bench/` that exports `measure`, and `toLines` if its figures are
 * read best as a table.
 */
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";

import type { Figures, Measure } from "./bench/types.ts";

/** To add a part, add a line here and a file beside the others. */
const PARTS: Record<
  string,
  () => Promise<{ measure: Measure; toLines?: (figures: Figures) => string[] }>
> = {
  nodes: () => import("./bench/nodes.ts"),
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
  const { measure, toLines } = await load();
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
    if (toLines === undefined) print(figures, "");
    else for (const line of toLines(figures)) console.log(line);
  }
}

/** One line per figure, named by its path. */
function print(figures: object, prefix: string): void {
  for (const [name, value] of Object.entries(figures)) {
    if (typeof value === "object" && value !== null) print(value, `${prefix}${name}.`);
    else console.log(`${`${prefix}${name}`.padEnd(28)} ${value}`);
  }
}
