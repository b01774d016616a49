// SPDX-License-Identifier: MIT
// Owns questions on a terminal, one at a time; lines that come early wait for their question.
import { createInterface } from "node:readline";
import { type Readable, Writable } from "node:stream";

import { CancelledError, TerminalMissingError } from "../errors.ts";

export interface Terminal {
  say(line: string): void;
  /** @throws {CancelledError} at Ctrl-C, Ctrl-D or the input's end. */
  ask(question: string): Promise<string>;
  /** The same without an echo of what is typed. */
  askHidden(question: string): Promise<string>;
  close(): void;
}

/** Whether somebody is there to ask. */
export function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Opens streams, by default standard input and, since results go to standard output, standard error. */
export function openTerminal(
  input: Readable = process.stdin,
  output: Writable = process.stderr,
): Terminal {
  const screen = new Screen(output);
  // Without a history, which would show a password at the next question.
  const reader = createInterface({ input, output: screen, terminal: true, historySize: 0 });
  const lines: string[] = [];
  let isClosed = false;
  let wake: (() => void) | undefined;
  reader.on("line", (line) => {
    lines.push(line);
    wake?.();
  });
  reader.on("SIGINT", () => reader.close());
  reader.on("close", () => {
    isClosed = true;
    wake?.();
  });

  const nextLine = async (): Promise<string> => {
    for (;;) {
      const line = lines.shift();
      if (line !== undefined) return line;
      if (isClosed) throw new CancelledError();
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return {
    say: (line) => void output.write(`${line}\n`),
    ask: async (question) => {
      if (isClosed) throw new CancelledError();
      reader.setPrompt(`${question} `);
      reader.prompt();
      return nextLine();
    },
    askHidden: async (question) => {
      output.write(`${question} `);
      reader.setPrompt("");
      screen.isMuted = true;
      try {
        return await nextLine();
      } finally {
        screen.isMuted = false;
        output.write("\n");
      }
    },
    close: () => reader.close(),
  };
}

/** Asks on the terminal of the process. */
export async function withTerminal<T>(run: (terminal: Terminal) => Promise<T>): Promise<T> {
  const terminal = openTerminal();
  try {
    return await run(terminal);
  } finally {
    terminal.close();
  }
}

/** Runs with a terminal to ask on, or without one if nothing is to be asked. */
export async function askUnless<T>(
  isSilent: true | undefined,
  command: string,
  run: (terminal?: Terminal) => Promise<T>,
): Promise<T> {
  if (isSilent === true) return run();
  if (!isTerminal()) throw new TerminalMissingError(command);
  return withTerminal(run);
}

/** What the line editor writes to: it echoes what is typed unless muted. */
class Screen extends Writable {
  isMuted = false;
  readonly #output: Writable;

  constructor(output: Writable) {
    super();
    this.#output = output;
  }

  /** How the line editor finds the end of a line. */
  get columns(): number | undefined {
    return "columns" in this.#output ? (this.#output.columns as number) : undefined;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!this.isMuted) this.#output.write(chunk);
    done();
  }
}
