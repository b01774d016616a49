// SPDX-License-Identifier: MIT
// Kills a daemon around each call of its work in turn, and compares how it ends with a life that nothing disturbed.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { expect } from "chai";

import type { Daemon } from "./child.ts";
import { type EndState, expectOnce, type Stage } from "./stage.ts";

/** What a daemon of a role lives through, and how it is looked at. */
export interface Scene {
  name: string;
  stage: Stage;
  /** After a life that is about its start. */
  begin: (life: Daemon) => Promise<void>;
  /** @param between Done when all is asked for and before the daemon has done it. */
  work: (life: Daemon, between?: () => Promise<void>) => Promise<void>;
  expectEvents: () => Promise<void>;
  /** Whether an action is the same in every life. */
  isStable: (action: string) => boolean;
}

export interface SweepParameters {
  scene: Scene;
  /** Labels to try, spread over all; all if not given. */
  sample?: number;
  phases?: readonly ("start" | "work")[];
  /** Where results are kept, so that a sweep goes on where it was cut off. */
  resultsFile?: string;
  print?: (line: string) => void;
}

export interface SweepResult {
  labels: number;
  tried: number;
  killed: number;
  failures: { label: string; message: string }[];
}

type Results = Record<string, { killed: boolean; failure?: string; seconds: number }>;

const IDLE_MS = 5_000;

export async function sweep(parameters: SweepParameters): Promise<SweepResult> {
  const { scene, sample, phases = ["start", "work"], resultsFile, print = () => {} } = parameters;
  const results = await readResults(resultsFile);
  const failures: SweepResult["failures"] = [];
  let labelCount = 0;
  let tried = 0;
  let killed = 0;
  for (const phase of phases) {
    await scene.stage.save();
    const calm = await live(scene, phase, [], { idleMs: IDLE_MS });
    const labels = sweptLabels(calm.labels, phase);
    labelCount += labels.length;
    const chosen = spread(labels, sample === undefined ? labels.length : sample);
    print(`${scene.name}, ${phase}: ${labels.length} labels, ${chosen.length} to try`);
    const startedAt = performance.now();
    let fresh = 0;
    for (const [at, label] of chosen.entries()) {
      const name = `${scene.name} ${label}`;
      let result = results[name];
      if (result === undefined || result.failure !== undefined) {
        const begunAt = performance.now();
        const { kills, ...outcome } = await attempt(scene, phase, [label], calm.end);
        result = {
          ...outcome,
          killed: kills > 0,
          seconds: Math.round((performance.now() - begunAt) / 1_000),
        };
        results[name] = result;
        fresh += 1;
        await writeResults(resultsFile, results);
      }
      tried += 1;
      if (result.killed) killed += 1;
      if (result.failure !== undefined) failures.push({ label: name, message: result.failure });
      const each = (performance.now() - startedAt) / 1_000 / Math.max(1, fresh);
      const left = Math.round((each * (chosen.length - at - 1)) / 60);
      const verdict = result.failure === undefined ? "ok" : `FAILED: ${result.failure}`;
      const how = result.killed ? "" : " (not reached)";
      print(`${at + 1}/${chosen.length}, ${left} min left: ${label}${how}: ${verdict}`);
    }
    if (phase === "start") await prepareWork(scene);
  }
  const counts = `${labelCount} labels, ${tried} tried, ${killed} killed at, ${failures.length} failed`;
  print(`${scene.name}: ${counts}`);
  return { labels: labelCount, tried, killed, failures };
}

/** One life with many deaths, spread over its start and its work; returns how many happened. */
export async function killRepeatedly(scene: Scene, deaths: number): Promise<number> {
  await scene.stage.save();
  const calm = await live(scene, "work", []);
  const firsts = calm.labels.filter((label) => / (start|work) .* #1$/.test(label));
  const killAt = spread(firsts, deaths);
  const { kills, failure } = await attempt(scene, "work", killAt, calm.end);
  expect(failure, `${scene.name}, ${kills} of the deaths ${killAt.join(", ")}`).to.equal(undefined);
  return kills;
}

async function attempt(
  scene: Scene,
  phase: "start" | "work",
  killAt: readonly string[],
  calm: EndState,
) {
  let kills = 0;
  try {
    const life = await live(scene, phase, killAt);
    kills = life.kills;
    expectSameEnd(scene, life.end, calm);
    return { kills };
  } catch (error) {
    return { kills, failure: error instanceof Error ? error.message : String(error) };
  }
}

function expectSameEnd(scene: Scene, end: EndState, calm: EndState): void {
  const names = ({ actions }: EndState) => [...new Set(actions.filter(scene.isStable))].sort();
  expectSame("content", end.content, calm.content);
  expectSame("actions", names(end), names(calm));
}

/** The message says what is missing and what should not be there. */
function expectSame(what: string, found: readonly string[], calm: readonly string[]): void {
  const missing = calm.filter((entry) => !found.includes(entry)).join(", ");
  const added = found.filter((entry) => !calm.includes(entry)).join(", ");
  expect(found, `${what}, missing: ${missing}; added: ${added}`).to.deep.equal(calm);
}

/** A life without deaths in a world with `trouble`, which must end as one without. */
export async function liveInTrouble(
  scene: Scene,
  trouble: { begin?: () => void; between?: (life: Daemon) => Promise<void>; end?: () => void },
): Promise<void> {
  await scene.stage.save();
  const calm = await live(scene, "work", []);
  trouble.begin?.();
  try {
    const { end } = await live(scene, "work", [], trouble);
    expectSameEnd(scene, end, calm.end);
  } finally {
    trouble.end?.();
  }
}

/**
 * One life, from the saved chain and folder to its end.
 *
 * @param idleMs Before the work, to learn what a daemon does while there is none.
 */
async function live(
  scene: Scene,
  phase: "start" | "work",
  killAt: readonly string[],
  { idleMs = 0, between }: { idleMs?: number; between?: (life: Daemon) => Promise<void> } = {},
) {
  const { stage } = scene;
  await stage.restore();
  const life = stage.daemon(killAt);
  let labels: string[] = [];
  try {
    await life.ready;
    if (phase === "work") {
      await new Promise((resolve) => setTimeout(resolve, idleMs));
      life.beginWork();
      await scene.work(life, () => between?.(life) ?? Promise.resolve());
    } else await scene.begin(life);
    await stage.untilFollowed(life);
  } finally {
    labels = await life.stop();
  }
  const end = await stage.look();
  expectOnce(end);
  await scene.expectEvents();
  return { labels, end, kills: life.kills };
}

/** The daemon as it is when it has started once: what the work begins with. */
export async function prepareWork(scene: Scene): Promise<void> {
  await scene.stage.restore();
  const life = scene.stage.daemon();
  await life.ready;
  await scene.stage.untilMined(2);
  await life.stop();
}

/** All labels of the phase; of what an idle daemon does again and again, only the first. */
function sweptLabels(labels: readonly string[], phase: "start" | "work"): string[] {
  const idle = new Set(labels.filter((label) => / idle /.test(label.slice(0, 13))).map(nameOf));
  return labels.filter((label) => {
    if (label.split(" ")[1] !== phase) return false;
    return phase === "start" || !idle.has(nameOf(label)) || label.endsWith(" #1");
  });
}

/** So many of them, with the same distance from one to the next. */
function spread<T>(all: readonly T[], count: number): T[] {
  if (count >= all.length) return [...all];
  return Array.from(
    { length: count },
    (_, at) => all[Math.floor(((at + 0.5) * all.length) / count)] as T,
  );
}

async function readResults(file: string | undefined): Promise<Results> {
  if (file === undefined) return {};
  try {
    return JSON.parse(await readFile(file, "utf8")) as Results;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
}

async function writeResults(file: string | undefined, results: Results): Promise<void> {
  if (file === undefined) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(results, undefined, 2));
}

/** A label without when and how often. */
function nameOf(label: string): string {
  return label.replace(/^(before|after) \w+ /, "").replace(/ #\d+$/, "");
}
