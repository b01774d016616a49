// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { RpcFailedError } from "../../src/client/errors.ts";
import { RefutedError } from "../../src/verifier/errors.ts";
import { formatReport } from "../../src/verifier/index.ts";
import { demand, runCheck } from "../../src/verifier/report.ts";
import { rejectionOf } from "./world.ts";

describe("runCheck", () => {
  it("default: what the check found", async () => {
    const check = await runCheck("model", () => "All is well.");
    expect(check, "check").to.deep.equal({ name: "model", ok: true, explanation: "All is well." });
  });

  it("behavior: whatever goes wrong fails the check", async () => {
    const refuted = await runCheck("model", () => {
      demand(false, "It is\nnot so.");
      return "";
    });
    expect(refuted, "refuted").to.deep.equal({
      name: "model",
      ok: false,
      explanation: "It is not so.",
    });
    const broken = await runCheck("model", () => Promise.reject(new TypeError("x is undefined")));
    expect(broken.ok, "broken").to.equal(false);
    expect(broken.explanation, "broken: why").to.match(/could not be carried out: x is undefined/);
    const odd = await runCheck("model", () => Promise.reject("text"));
    expect(odd.explanation, "odd: why").to.match(/could not be carried out: text/);
  });

  it("error: an RPC that fails is thrown on", async () => {
    const failed = new RpcFailedError("eth_call", "down.", undefined);
    const error = await rejectionOf(runCheck("model", () => Promise.reject(failed)));
    expect(error, "error").to.equal(failed);
  });
});

describe("demand", () => {
  it("default: refutes unless the condition holds", () => {
    expect(() => demand(true, "no"), "holds").to.not.throw();
    expect(() => demand(false, "no"), "does not").to.throw(RefutedError, "no");
  });
});

describe("formatReport", () => {
  const good = { name: "chain", ok: true, explanation: "Right chain." } as const;
  const bad = { name: "payment", ok: false, explanation: "Wrong fee." } as const;

  it("default: a line for each check and the verdict", () => {
    expect(formatReport({ ok: true, checks: [good] }), "valid").to.equal(
      "✓ chain  Right chain.\nThe receipt is valid.",
    );
  });

  it("behavior: names what failed", () => {
    expect(formatReport({ ok: false, checks: [good, bad] }), "invalid").to.equal(
      "✓ chain    Right chain.\n✗ payment  Wrong fee.\nThe receipt is NOT valid: payment failed.",
    );
  });
});
