// SPDX-License-Identifier: MIT
// The real command, as its users run it: a process of its own, with nothing from this one's environment but the path.
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** How a command ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

type Stream = "stdout" | "stderr";

/** A command that runs. */
export interface Running {
  child: ChildProcess;
  /** Resolves with what matches, once it is printed. */
  line: (stream: Stream, form: RegExp) => Promise<string>;
  ended: Promise<Ended>;
}

/** Exit codes that were met, for the test that all documented ones are reached. */
export const metExitCodes = new Set<number>();

const running = new Set<Running>();

/** Ends what a failed test left behind. */
export async function stopAll(): Promise<void> {
  for (const { child, ended } of running) {
    child.kill("SIGTERM");
    await ended;
  }
}

/** Starts `assay` with these arguments, and `input` on its standard input. */
export function start(
  args: readonly string[],
  env: Record<string, string> = {},
  input = "",
): Running {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, ["bin/assay.mjs", ...args], {
    cwd: root,
    env: { PATH, HOME, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A command that ends without reading it is none of its business.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const printed = { stdout: "", stderr: "" };
  const waiting: { stream: Stream; form: RegExp; resolve: (line: string) => void }[] = [];
  const look = () => {
    for (const { stream, form, resolve } of waiting) {
      const found = form.exec(printed[stream]);
      if (found !== null) resolve(found[0]);
    }
  };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      printed[name] += text;
      look();
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code !== null) metExitCodes.add(code);
      resolve({ code, ...printed });
    });
  });
  const line = (stream: Stream, form: RegExp) =>
    Promise.race([
      new Promise<string>((resolve) => {
        waiting.push({ stream, form, resolve });
        look();
      }),
      ended.then(({ code, stdout, stderr }) => {
        throw new RangeError(`assay ${args[0]} ended with ${code}:\n${stdout}\n${stderr}`);
      }),
    ]);
  const command: Running = { child, line, ended };
  running.add(command);
  void ended.finally(() => running.delete(command));
  return command;
}

/** Runs `assay` to its end. */
export function run(
  args: readonly string[],
  env?: Record<string, string>,
  input?: string,
): Promise<Ended> {
  return start(args, env, input).ended;
}

/** Runs `assay` with `--json` and returns the one object that it printed. */
export async function runJson<T>(
  args: readonly string[],
  env?: Record<string, string>,
  input?: string,
): Promise<{ code: number | null; value: T }> {
  const { code, stdout, stderr } = await run([...args, "--json"], env, input);
  const label = `assay ${args.join(" ")}`;
  expect(stdout.endsWith("\n"), `${label} ends its line; standard error: ${stderr}`).to.equal(true);
  expect(stdout.trimEnd().split("\n").length, `${label} prints one line`).to.equal(1);
  const value: unknown = JSON.parse(stdout);
  expect(value, `${label} prints one object`).to.be.an("object");
  return { code, value: value as T };
}

/** Runs `assay` with `--json` and expects this error and exit code; returns its message. */
export async function runRefused(
  args: readonly string[],
  expected: { code: string; exit: number },
  env?: Record<string, string>,
): Promise<string> {
  const { code, value } = await runJson<{ error?: { code: string; message: string } }>(args, env);
  const label = `assay ${args.join(" ")}: ${JSON.stringify(value).slice(0, 300)}`;
  expect({ code: value.error?.code, exit: code }, label).to.deep.equal(expected);
  expect(Object.keys(value), `${label}: nothing but the error`).to.deep.equal(["error"]);
  return value.error?.message ?? "";
}
