// SPDX-License-Identifier: MIT
// Somebody at a terminal: types an answer whenever one is waited for, and sees what is shown.
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";

import { openTerminal, type Terminal } from "../../../src/cli/wizard/terminal.ts";

/** Ctrl-C, as a terminal sends it to a program that reads keys. */
export const INTERRUPT = "\u0003";

export interface Person {
  terminal: Terminal;
  /** All that was shown. */
  seen: () => string;
  /** Answers that nobody asked for. */
  left: () => readonly string[];
}

/** The answers are typed in order, each when a question ends with a colon. */
export function person(answers: readonly string[]): Person {
  const input = new PassThrough();
  const output = new PassThrough();
  const left = [...answers];
  let shown = "";
  let line = "";
  output.on("data", (chunk: Buffer) => {
    const text = stripVTControlCharacters(chunk.toString());
    shown += text;
    line = `${line}${text}`.split("\n").at(-1) ?? "";
    if (!line.endsWith(": ")) return;
    line = "";
    const answer = left.shift();
    if (answer === undefined) return;
    // Whoever types waits for the question.
    setImmediate(() => input.write(answer === INTERRUPT ? answer : `${answer}\r`));
  });
  return { terminal: openTerminal(input, output), seen: () => shown, left: () => left };
}
