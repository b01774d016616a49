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
  work: (life: Daemon) => Promise<void>;
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

const IDLE_MS = 2_000;

export async function sweep(parameters: SweepParameters): Promise<SweepResult> {
  const { scene, sample, phases = ["start", "work"], resultsFile, print = () => {} } = parameters;
  const results = await readResults(resultsFile);
  const failures: SweepResult["failures"] = [];
  let labelCount = 0;
  let tried = 0;
  let killed = 0;
  for (const phase of phases) {
    await scene.stage.save();
    const calm = await live(scene, phase, "");
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
        const outcome = await attempt(scene, phase, label, calm.end);
        result = { ...outcome, seconds: Math.round((performance.now() - begunAt) / 1_000) };
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
  return { labels: labelCount, tried, killed, failures };
}

async function attempt(scene: Scene, phase: "start" | "work", label: string, calm: EndState) {
  let killed = false;
  try {
    const life = await live(scene, phase, label);
    killed = life.killed;
    expectOnce(life.end);
    expect(life.end.content, "content").to.deep.equal(calm.content);
    const stable = ({ actions }: EndState) => actions.filter(scene.isStable).sort();
    const names = (of: EndState) => [...new Set(stable(of))];
    expect(names(life.end), "actions").to.deep.equal(names(calm));
    return { killed };
  } catch (error) {
    return { killed, failure: error instanceof Error ? error.message : String(error) };
  }
}

/** One life, from the saved chain and folder to its end. */
async function live(scene: Scene, phase: "start" | "work", killAt: string) {
  const { stage } = scene;
  await stage.restore();
  const life = stage.daemon(killAt);
  let labels: string[] = [];
  try {
    await life.ready;
    if (phase === "work") {
      if (killAt === "") await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
      life.beginWork();
      await scene.work(life);
    } else await scene.begin(life);
    await stage.untilMined(1);
  } finally {
    labels = await life.stop();
  }
  const end = await stage.look();
  expectOnce(end);
  await scene.expectEvents();
  return { labels, end, killed: life.killed };
}

/** The daemon as it is when it has started once: what the work begins with. */
export async function prepareWork(scene: Scene): Promise<void> {
  await scene.stage.restore();
  const life = scene.stage.daemon("");
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
