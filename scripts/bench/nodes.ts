// SPDX-License-Identifier: MIT
/**
 * How many results a node re-checks a second with more and more workers, how far its store is from being the limit, and how
 * a backlog is divided among more and more nodes.
 */
import { availableParallelism } from "node:os";

import { loadModel } from "../../src/zkml/index.ts";
import { findPostgres, isPostgresRequired, POSTGRES_MISSING } from "../postgres-server.ts";
import { BACKLOGS, deliveredResults } from "./nodes/backlog.ts";
import { measureDraw } from "./nodes/draw.ts";
import {
  type EngineParameters,
  measurePglite,
  measurePostgres,
  RECHECKS_AT_ONCE,
} from "./nodes/engines.ts";
import { toDrawFigures, toEngineFigures } from "./nodes/figures.ts";
import { LATENCY_MS, startNetwork } from "./nodes/network.ts";
import type { Figures, Measure } from "./types.ts";

export { toLines } from "./nodes/figures.ts";

/** What is only stored is faster, and has to be measured as well. */
const STORED_TIMES = 3;

export interface NodesParameters {
  /** That are re-checked, of each backlog. */
  results: number;
  /** How many of them, each time. */
  workers: readonly number[];
  nodes: readonly number[];
  engines: readonly ("pglite" | "postgres")[];
  log: (line: string) => void;
}

export const measure: Measure = async (log) => {
  const hasPostgres = findPostgres() !== undefined;
  if (!hasPostgres && isPostgresRequired())
    throw new TypeError(`${POSTGRES_MISSING}, and ASSAY_REQUIRE asks for it.`);
  if (!hasPostgres) log(`${POSTGRES_MISSING}: measured on PGlite alone.`);
  return measureNodes({
    results: 240,
    workers: [1, 2, 4, 8],
    nodes: [1, 2, 4, 8],
    engines: hasPostgres ? ["pglite", "postgres"] : ["pglite"],
    log,
  });
};

/** The same with other sizes. */
export async function measureNodes(parameters: NodesParameters): Promise<Figures> {
  const { results: count, workers, nodes, engines, log } = parameters;
  const model = await loadModel("digits");
  const [waiting, computing, stored] = BACKLOGS.map((backlog) =>
    deliveredResults(model, backlog, backlog === "stored" ? count * STORED_TIMES : count),
  );
  const results = { waiting, computing, stored } as EngineParameters["results"];
  log("Chain, contracts, two nodes that serve inputs ...");
  const network = await startNetwork(count);
  try {
    const given = { network, model, results, log };
    const cores = availableParallelism();
    const figures: Figures = {
      results: count,
      latencyMs: LATENCY_MS.waiting,
      rechecksAtOnce: RECHECKS_AT_ONCE,
    };
    if (engines.includes("pglite"))
      figures["pglite"] = toEngineFigures(await measurePglite(given, workers), 1);
    if (engines.includes("postgres"))
      figures["postgres"] = toEngineFigures(await measurePostgres(given, workers), cores);
    const draw = await measureDraw(network, nodes, { rechecksAtOnce: RECHECKS_AT_ONCE, log });
    return { ...figures, draw: toDrawFigures(draw, count) };
  } finally {
    await network.close();
  }
}
