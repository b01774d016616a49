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
  killed: number;
  failures: { label: string; message: string }[];
}

/** By daemon and label; `failure` is empty where the life ended as it should. */
type Results = Record<string, { killed: boolean; failure: string }>;

const IDLE_MS = 5_000;
const DEATHS_PER_LIFE = 20;

/**
 * Each label is died at once. A life has several deaths, so that most cost no more than a restart; a label that such a life
 * did not come to, or whose life ended otherwise, gets a life of its own.
 */
export async function sweep(parameters: SweepParameters): Promise<SweepResult> {
  const { scene, sample, phases = ["start", "work"], resultsFile, print = () => {} } = parameters;
  const results = await readResults(resultsFile);
  const nameIn = (label: string) => `${scene.name} ${label}`;
  const swept: string[] = [];
  for (const phase of phases) {
    await scene.stage.save();
    const calm = await live(scene, phase, [], { idleMs: IDLE_MS });
    const labels = sweptLabels(calm.labels, phase);
    const chosen = spread(labels, sample ?? labels.length);
    const steps = labels.filter((label) => occurrenceOf(label) === 1).length;
    const counts = `${labels.length} labels, ${steps} of them first ones`;
    print(`${scene.name}, ${phase}: ${counts}, ${chosen.length} to try`);
    swept.push(...chosen);
    const isDone = (label: string) => results[nameIn(label)]?.failure === "";
    // Every step once before any a second time, so that a sweep that is cut off has seen the most.
    const left = chosen
      .filter((label) => !isDone(label))
      .sort((a, b) => occurrenceOf(a) - occurrenceOf(b));
    const lives = Array.from({ length: Math.ceil(left.length / DEATHS_PER_LIFE) }, (_, at) =>
      left.slice(at * DEATHS_PER_LIFE, (at + 1) * DEATHS_PER_LIFE),
    );
    const startedAt = performance.now();
    for (let killAt = lives.shift(), lived = 1; killAt !== undefined; killAt = lives.shift()) {
      const { deaths, failure } = await attempt(scene, phase, killAt, calm.end);
      const isAlone = killAt.length === 1;
      const known = isAlone || failure === "" ? killAt : [];
      for (const label of known) {
        if (deaths.includes(label) || isAlone)
          results[nameIn(label)] = { killed: deaths.includes(label), failure };
      }
      await writeResults(resultsFile, results);
      const open = killAt.filter((label) => !isDone(label));
      lives.push(...(isAlone ? [] : open.map((label) => [label])));
      const done = chosen.filter(isDone).length;
      const minutes = (performance.now() - startedAt) / 60_000 / lived;
      const verdict = failure === "" ? "ok" : `FAILED: ${failure}`;
      print(
        `${done}/${chosen.length}, ${Math.round(minutes * lives.length)} min left: ${deaths.length} deaths from ${killAt[0]}: ${verdict}`,
      );
      lived += 1;
    }
    if (phase === "start") await prepareWork(scene);
  }
  const tried = swept.map((label) => ({ label, ...results[nameIn(label)] }));
  const failures = tried
    .filter(({ failure }) => failure !== "")
    .map(({ label, failure = "not tried" }) => ({ label, message: failure }));
  const killed = tried.filter((result) => result.killed === true).length;
  print(`${scene.name}: ${tried.length} labels, ${killed} died at, ${failures.length} failed`);
  return { labels: tried.length, killed, failures };
}

/** One life with many deaths, spread over its start and its work; returns how many happened. */
export async function killRepeatedly(scene: Scene, deaths: number): Promise<number> {
  await scene.stage.save();
  const calm = await live(scene, "work", []);
  const firsts = calm.labels.filter((label) => / (start|work) .* #1$/.test(label));
  const killAt = spread(firsts, deaths);
  const { deaths: happened, failure } = await attempt(scene, "work", killAt, calm.end);
  expect(failure, `${scene.name}, died at ${happened.join(", ")}`).to.equal("");
  return happened.length;
}

/** A life that is compared with the calm one; `failure` is empty if it ended alike. */
async function attempt(
  scene: Scene,
  phase: "start" | "work",
  killAt: readonly string[],
  calm: EndState,
): Promise<{ deaths: readonly string[]; failure: string }> {
  let deaths: readonly string[] = [];
  try {
    const life = await live(scene, phase, killAt, {
      onDaemon: (daemon) => {
        deaths = daemon.deaths;
      },
    });
    expectSameEnd(scene, life.end, calm);
    return { deaths, failure: "" };
  } catch (error) {
    return { deaths, failure: error instanceof Error ? error.message : String(error) };
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

interface LifeOptions {
  /** Before the work, to learn what a daemon does while there is none. */
  idleMs?: number;
  between?: (life: Daemon) => Promise<void>;
  /** At its end, also when that is not a good one. */
  onDaemon?: (life: Daemon) => void;
}

/** One life, from the saved chain and folder to its end. */
async function live(
  scene: Scene,
  phase: "start" | "work",
  killAt: readonly string[],
  { idleMs = 0, between, onDaemon }: LifeOptions = {},
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
    onDaemon?.(life);
  }
  const end = await stage.look();
  expectOnce(end);
  await scene.expectEvents();
  return { labels, end };
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

function occurrenceOf(label: string): number {
  return Number(label.slice(label.lastIndexOf("#") + 1));
}

/** A label without when and how often. */
function nameOf(label: string): string {
  return label.replace(/^(before|after) \w+ /, "").replace(/ #\d+$/, "");
}
