// SPDX-License-Identifier: MIT
// The password of key stores: from a file, the environment or the terminal, and never from the command line.
import { readText } from "../files.ts";
import { isTerminal, type Terminal, withTerminal } from "../wizard/terminal.ts";
import { PasswordMissingError, PasswordShortError } from "./errors.ts";

export const PASSWORD_VARIABLE = "ASSAY_NODE_PASSWORD";
const SHORTEST = 8;

/** @throws {PasswordMissingError} if there is none and nobody to ask. */
export async function takePassword(file: string | undefined): Promise<string> {
  const given = await findPassword(file);
  if (given === undefined && isTerminal())
    return withTerminal((terminal) => terminal.askHidden("Password of the node's key:"));
  if (given === undefined || given === "") throw new PasswordMissingError(PASSWORD_VARIABLE);
  return given;
}

/**
 * The password of a new key store; on a terminal it is asked for twice.
 *
 * @throws {PasswordMissingError} or {@link PasswordShortError}
 */
export async function takeNewPassword(
  file: string | undefined,
  terminal: Terminal | undefined,
): Promise<string> {
  const given = await findPassword(file);
  if (given === undefined && terminal !== undefined) return askTwice(terminal);
  if (given === undefined) throw new PasswordMissingError(PASSWORD_VARIABLE);
  if (given.length < SHORTEST) throw new PasswordShortError(SHORTEST);
  return given;
}

async function askTwice(terminal: Terminal): Promise<string> {
  for (;;) {
    const first = await terminal.askHidden(
      `New password of the key (${SHORTEST} characters or more):`,
    );
    if (first.length < SHORTEST) terminal.say("It is too short.");
    else if (first === (await terminal.askHidden("The same once more:"))) return first;
    else terminal.say("They are not the same.");
  }
}

async function findPassword(file: string | undefined): Promise<string | undefined> {
  const variable = process.env[PASSWORD_VARIABLE];
  // From here on nobody who reads the environment of a child finds it.
  delete process.env[PASSWORD_VARIABLE];
  if (file === undefined) return variable;
  return (await readText(file)).replace(/\r?\n$/, "");
}
