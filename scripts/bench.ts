// SPDX-License-Identifier: MIT
/**
 * Measures one part and prints its figures.
 *
 *     node scripts/bench.ts <part> [--json]      its figures
 *     node scripts/bench.ts gas --trace          where each of them comes from
 *     node scripts/bench.ts gas --check          fail when committed files show others
 *     node scripts/bench.ts gas --write          write those files
 *
 * A part is a file in `scripts/bench/` that exports what `Part` says.
 */
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";

import { differences, writeFiles } from "./bench/files.ts";
import type { Figures, Log, Part } from "./bench/types.ts";

/** To add a part, add a line here and a file beside the others. */
const PARTS: Record<string, () => Promise<Part>> = {
  committee: () => import("./bench/committee.ts"),
  gas: () => import("./bench/gas.ts"),
  nodes: () => import("./bench/nodes.ts"),
  zkml: () => import("./bench/zkml.ts"),
};
const USAGE = `usage: node scripts/bench.ts <${Object.keys(PARTS).join("|")}> [--json]
       node scripts/bench.ts gas --trace|--check|--write`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    trace: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const log: Log = (line) => console.error(line);
const name = positionals[0] ?? "";
const part = Object.hasOwn(PARTS, name) ? await PARTS[name]?.() : undefined;

if (part !== undefined && options.trace && part.trace !== undefined) {
  for (const line of await part.trace(log)) console.log(line);
} else if (part !== undefined && (options.check || options.write) && part.toFiles !== undefined) {
  const files = await part.toFiles(await part.measure(log));
  if (options.write) await writeFiles(files);
  const different = await differences(files);
  for (const line of different) console.error(line);
  if (different.length > 0) process.exitCode = 1;
} else if (part !== undefined && !options.trace && !options.check && !options.write) {
  show(await part.measure(log), part);
} else {
  console.error(USAGE);
  process.exitCode = 2;
}

function show(figures: Figures, { toLines, toFiles }: Part): void {
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    node: process.version,
  };
  // What can be committed has nothing to do with the machine.
  const isExact = toFiles !== undefined;
  if (options.json) {
    console.log(JSON.stringify(isExact ? figures : { ...figures, machine }, null, 2));
    return;
  }
  if (!isExact) console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}\n`);
  if (toLines === undefined) print(figures, "");
  else for (const line of toLines(figures)) console.log(line);
}

/** One line per figure, named by its path. */
function print(figures: object, prefix: string): void {
  for (const [name, value] of Object.entries(figures)) {
    if (typeof value === "object" && value !== null) print(value, `${prefix}${name}.`);
    else console.log(`${`${prefix}${name}`.padEnd(28)} ${value}`);
  }
}
