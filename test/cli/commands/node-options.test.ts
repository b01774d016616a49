// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { Command } from "commander";

import { takeDatabase, withNodeOptions } from "../../../src/cli/commands/node-options.ts";
import { PasswordExposedError } from "../../../src/cli/keys/errors.ts";
import { withEnvironment } from "../folder.ts";

const parse = (...args: string[]) =>
  withNodeOptions(new Command("node")).parse(args, { from: "user" });

describe("takeDatabase", () => {
  it("default", () => {
    expect(takeDatabase(parse()), "none").to.equal(undefined);
    const url = "postgres://assay@db/assay";
    expect(takeDatabase(parse(`--database=${url}`)), "without a password").to.equal(url);
    expect(takeDatabase(parse("--database=nonsense")), "left to the store").to.equal("nonsense");
  });

  it("behavior: the environment may have a password, and does not keep it", async () => {
    const url = "postgres://assay:hunter22@db/assay";
    await withEnvironment({ ASSAY_DATABASE: url }, async () => {
      expect(takeDatabase(parse()), "URL").to.equal(url);
      expect(process.env["ASSAY_DATABASE"], "afterwards").to.equal(undefined);
    });
  });

  it("error: a password on the command line", () => {
    const urls = ["postgres://a:hunter22@db/a", "postgres://db/a?password=hunter22"];
    for (const url of urls)
      expect(() => takeDatabase(parse("--database", url)), url)
        .to.throw(PasswordExposedError, /Set ASSAY_DATABASE instead/)
        .with.property("message")
        .that.does.not.include("hunter22");
  });
});
