// SPDX-License-Identifier: MIT
import { PassThrough } from "node:stream";

import { expect } from "chai";

import { CancelledError } from "../../../src/cli/errors.ts";
import { openTerminal } from "../../../src/cli/wizard/terminal.ts";
import { rejection } from "../../client/rejection.ts";
import { INTERRUPT, person } from "./streams.ts";

describe("openTerminal", () => {
  it("default: asks, and shows what is typed", async () => {
    const { terminal, seen } = person(["ada", "blue"]);
    expect(await terminal.ask("Name:"), "first").to.equal("ada");
    expect(await terminal.ask("Colour:"), "second").to.equal("blue");
    terminal.say("Done.");
    terminal.close();
    expect(seen(), "seen").to.match(/Name: ada\r?\n.*Colour: blue\r?\n.*Done\.\n$/s);
  });

  it("behavior: a hidden answer is not shown, not even later as a history", async () => {
    const { terminal, seen } = person(["hunter22", "\u001B[A"]);
    expect(await terminal.askHidden("Password:"), "answer").to.equal("hunter22");
    expect(await terminal.ask("Next:"), "the key for the line before").to.equal("");
    terminal.close();
    expect(seen(), "seen").not.to.include("hunter22");
  });

  it("behavior: lines that come before their question wait for it", async () => {
    const input = new PassThrough();
    const terminal = openTerminal(input, new PassThrough());
    input.write("one\rtwo\rthree\r");
    const answers = [await terminal.ask("1:"), await terminal.ask("2:"), await terminal.ask("3:")];
    terminal.close();
    expect(answers, "answers").to.deep.equal(["one", "two", "three"]);
  });

  it("error: Ctrl-C, and an input that ends", async () => {
    const { terminal } = person([INTERRUPT]);
    expect(await rejection(terminal.ask("Name:")), "Ctrl-C").to.be.instanceOf(CancelledError);
    expect(await rejection(terminal.ask("Again:")), "after it").to.be.instanceOf(CancelledError);
    const hidden = person([INTERRUPT]).terminal;
    expect(await rejection(hidden.askHidden("P:")), "hidden").to.be.instanceOf(CancelledError);
    const input = new PassThrough();
    const ended = openTerminal(input, new PassThrough());
    input.end();
    expect(await rejection(ended.ask("Name:")), "end").to.be.instanceOf(CancelledError);
  });
});
