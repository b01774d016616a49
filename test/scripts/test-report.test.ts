// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { readTestReport } from "../../scripts/test-report.ts";

const TRACE = Array.from({ length: 30 }, (_, line) => `      at step${line} (file.ts:1:1)`);

const MOCHA = `Running Mocha tests


  verify
    ✔ default (12ms)
    - behavior: needs the data
    1) error: no proof
    2) error: late


  12 passing (3s)
  1 pending
  2 failing

  1) verify
       error: no proof:

      label
      + expected - actual
${TRACE.join("\n")}

  2) verify
       error: late:
     Error: Timeout of 50ms exceeded.


`;

const SOLIDITY = `Running Solidity tests

  test/Market.t.sol:MarketTest
    ✔ test_Pay()
    1) test_RevertWhen_Late()


  1 passing
  1 failing

  1) MarketTest#test_RevertWhen_Late()
    Error: DeadlinePassed(3)
    Counterexample:
      args: 4974
`;

describe("readTestReport", () => {
  it("default: what passed, was skipped and failed, each failure with its message", () => {
    const { passing, pending, failing, skipped, failures } = readTestReport(MOCHA, false);
    expect({ passing, pending, failing }, "counts").to.deep.equal({
      passing: 12,
      pending: 1,
      failing: 2,
    });
    expect(skipped, "names of the skipped").to.deep.equal(["behavior: needs the data"]);
    expect(failures, "failures").to.have.length(2);
    expect(failures[0], "name").to.match(/^ {2}1\) verify\n {7}error: no proof:\n {6}label/);
    expect(failures[0], "the beginning of its trace").to.include("step0").and.not.include("step20");
    expect(failures[1], "message").to.match(/Timeout of 50ms exceeded\.$/);
  });

  it("behavior: failures of Solidity tests", () => {
    const { passing, failing, failures } = readTestReport(SOLIDITY, false);
    expect({ passing, failing }, "counts").to.deep.equal({ passing: 1, failing: 1 });
    expect(failures, "failures").to.have.length(1);
    expect(failures[0], "failure").to.match(/MarketTest#test_RevertWhen_Late.*\n.*DeadlinePassed/);
  });

  it("behavior: colours do not matter, nor Hardhat's sum of all runners", () => {
    const printed = "\u001B[32m  2 passing\u001B[0m (1s)\n\n3 passing (2 mocha)\n";
    expect(readTestReport(printed, true), "report").to.deep.equal({
      passing: 2,
      failing: 0,
      pending: 0,
      failures: [],
      skipped: [],
    });
  });

  it("error: a run that ended before it could count shows its end", () => {
    const { failing, failures } = readTestReport("Running\nHHE3: no such file\n", false);
    expect(failing, "counted").to.equal(0);
    expect(failures, "failures").to.deep.equal(["Running\nHHE3: no such file"]);
  });
});
