// SPDX-License-Identifier: MIT
/** The benchmark's figures, from what was measured, and as a table. */
import type { Figures } from "../types.ts";
import type { DrawRate } from "./draw.ts";
import { type EngineRates, RECHECKS_AT_ONCE } from "./engines.ts";
import { LATENCY_MS } from "./network.ts";
import type { Rate } from "./run.ts";

/** What a worker that only waits for its inputs does in a second. */
const WAITING_BOUND = RECHECKS_AT_ONCE / (LATENCY_MS.waiting / 1_000);
/** Who reaches this share of a bound is limited by it. */
const REACHED = 0.8;

/** @param cores How many can be busy for the engine's workers. */
export function toEngineFigures(rates: readonly EngineRates[], cores: number): Figures {
  const [first] = rates;
  const by = (read: (rate: EngineRates) => number, digits = 0) =>
    byCount(
      rates,
      ({ workers }) => workers,
      (rate) => rounded(read(rate), digits),
    );
  const limits = rates.flatMap((rate) => [
    rate.stored.perSecond / rate.waiting.perSecond,
    rate.stored.perSecond / rate.computing.perSecond,
  ]);
  const done = rates.flatMap(({ waiting, computing }) => [waiting, computing]);
  const storeLimit = Math.max(...rates.map(({ stored }) => stored.perSecond));
  const best = Math.max(...done.map(({ perSecond }) => perSecond));
  const limit = (read: (rate: EngineRates) => Rate) =>
    byCount(
      rates,
      ({ workers }) => workers,
      (rate) => nameLimit(rate, read(rate), cores),
    );
  return {
    waiting: by(({ waiting }) => waiting.perSecond),
    waitingScaling: by(
      ({ waiting }) => waiting.perSecond / (first?.waiting.perSecond ?? Number.NaN),
      2,
    ),
    waitingShareOfBound: by(shareOfBound, 2),
    computing: by(({ computing }) => computing.perSecond),
    stored: by(({ stored }) => stored.perSecond),
    offered: by(({ offered }) => offered),
    storeLimit: rounded(storeLimit),
    storeLimitToBest: rounded(storeLimit / best, 1),
    lowestStoreLimitToDone: rounded(Math.min(...limits), 1),
    // In a folder's one process; a server is a process of its own.
    ...(cores === 1 && {
      storedCpuMs: by(({ stored }) => stored.cpuMs, 1),
      computingCpuMs: by(({ computing }) => computing.cpuMs, 1),
    }),
    busyCores: by(({ computing }) => computing.busyCores, 1),
    limit: {
      waiting: limit(({ waiting }) => waiting),
      computing: limit(({ computing }) => computing),
    },
  };
}

export function toDrawFigures(rates: readonly DrawRate[], results: number): Figures {
  const by = (read: (rate: DrawRate) => number, digits: number) =>
    byCount(
      rates,
      ({ nodes }) => nodes,
      (rate) => rounded(read(rate), digits),
    );
  return {
    checksPerResult: by((rate) => checksOf(rate) / results, 2),
    shareOfNode: by((rate) => checksOf(rate) / rate.nodes / results, 3),
    leastShare: by(({ shares }) => Math.min(...shares) / results, 3),
    mostShare: by(({ shares }) => Math.max(...shares) / results, 3),
    checksPerSecond: by((rate) => (rate.perSecond * checksOf(rate)) / results, 0),
    resultsPerSecond: by(({ perSecond }) => perSecond, 1),
  };
}

/** A table for people. */
export function toLines(figures: Figures): string[] {
  const lines = [
    `${figures["results"]} results of the digit model in each backlog; results a second by the number of workers. A worker has`,
    `${figures["rechecksAtOnce"]} re-checks at once. waiting: each input comes after ${figures["latencyMs"]} ms; computing: at once; stored: nothing`,
    "is run, and all is stored; offered: jobs put into the queue. postgres: workers are processes; pglite: one",
    "process with so many times as many at once. draw: nodes, each a process with a folder of its own.",
  ];
  for (const part of ["pglite", "postgres", "draw"]) {
    const measured = figures[part];
    if (typeof measured !== "object") continue;
    lines.push("");
    for (const [name, value] of Object.entries(measured)) lines.push(...toRows(part, name, value));
  }
  return lines;
}

function toRows(part: string, name: string, value: Figures[string]): string[] {
  const label = `${part} ${name}`.padEnd(32);
  if (typeof value !== "object") return [`${label}${String(value).padStart(9)}`];
  const cells = Object.entries(value);
  if (cells.some(([, cell]) => typeof cell === "object"))
    return cells.flatMap(([inner, cell]) => toRows(part, `${name} ${inner}`, cell));
  return [`${label}${cells.map(([count, cell]) => `${count} ${cell}`.padStart(9)).join("  ")}`];
}

/** In words, what kept it from being faster. */
function nameLimit(rate: EngineRates, done: Rate, cores: number): string {
  if (done === rate.waiting && shareOfBound(rate) >= REACHED) return "the inputs' latency";
  if (done.perSecond >= rate.stored.perSecond * REACHED) return "the store";
  if (cores === 1 && done.busyThread >= REACHED) return "its one thread";
  return done.busyCores >= done.cores * REACHED ? `the machine's ${done.cores} cores` : "unknown";
}

function checksOf({ shares }: DrawRate): number {
  return shares.reduce((sum, share) => sum + share, 0);
}

function shareOfBound({ workers, waiting }: EngineRates): number {
  return waiting.perSecond / (workers * WAITING_BOUND);
}

function byCount<T>(
  rates: readonly T[],
  count: (rate: T) => number,
  read: (rate: T) => number | string,
): Figures {
  return Object.fromEntries(rates.map((rate) => [`x${count(rate)}`, read(rate)]));
}

function rounded(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}
