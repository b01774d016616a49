// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { type AbiParameter, encodeErrorResult, type Hex, isHex, toFunctionSelector } from "viem";
import { formatAbiItem } from "viem/utils";

import * as abis from "../../src/abi/index.ts";
import { ContractRevertedError, decodeRevert, UnknownRevertError } from "../../src/client/index.ts";
import { hintFor, REVERT_HINTS } from "../../src/client/revertHints.ts";

/** Some value of a parameter's type, the same each time. */
function sample(parameter: AbiParameter): unknown {
  if ("components" in parameter) {
    return Object.fromEntries(parameter.components.map((part) => [part.name ?? "", sample(part)]));
  }
  if (parameter.type === "address") return "0x5FbDB2315678afecb367f032d93F642f64180aa3";
  if (parameter.type === "string") return "text";
  if (parameter.type === "bool") return true;
  if (parameter.type === "bytes") return "0x1234";
  const bits = /^u?int(\d+)$/.exec(parameter.type)?.[1];
  if (bits !== undefined) return Number(bits) <= 48 ? 7 : 7n;
  const bytes = /^bytes(\d+)$/.exec(parameter.type)?.[1];
  return `0x${"ab".repeat(Number(bytes))}`;
}

describe("decodeRevert", () => {
  it("default: every custom error of all contracts becomes a typed error", () => {
    for (const item of abis.assayErrorsAbi) {
      const args = item.inputs.map(sample);
      const data = encodeErrorResult({ abi: [item], errorName: item.name, args } as Parameters<
        typeof encodeErrorResult
      >[0]);
      const error = decodeRevert("openRequest", data);
      expect(error, item.name).to.be.instanceOf(ContractRevertedError);
      const { errorName, args: decoded, code } = error as ContractRevertedError;
      expect(errorName, `${item.name} name`).to.equal(item.name);
      expect(decoded, `${item.name} args`).to.deep.equal(args);
      expect(code, `${item.name} code`).to.equal("CLIENT-001");
      expect(error.message, `${item.name} sentence`).to.match(/^openRequest was refused: .+\.\n/);
    }
  });

  it("behavior: the combined ABI has every error of every interface, once", () => {
    const known = new Set(abis.assayErrorsAbi.map((item) => formatAbiItem(item)));
    expect(known.size, "distinct").to.equal(abis.assayErrorsAbi.length);
    for (const [name, abi] of Object.entries(abis)) {
      for (const item of abi) {
        if (item.type === "error") {
          expect(known.has(formatAbiItem(item)), `${name} ${item.name}`).to.equal(true);
        }
      }
    }
    const selectors = abis.assayErrorsAbi.map((item) => toFunctionSelector(formatAbiItem(item)));
    expect(new Set(selectors).size, "selectors").to.equal(known.size);
  });

  it("behavior: every error of our own interfaces has a sentence of its own", () => {
    const { erc20PermitAbi: _token, assayErrorsAbi: _errors, ...own } = abis;
    const names = Object.values(own).flatMap((abi) =>
      abi.flatMap((item) => (item.type === "error" ? [item.name] : [])),
    );
    const missing = names.filter((name) => !Object.hasOwn(REVERT_HINTS, name));
    expect(missing, "without a hint").to.deep.equal([]);
  });

  it("behavior: Error(string) and Panic are told too", () => {
    const error = decodeRevert(
      "deposit",
      encodeErrorResult({
        abi: [{ type: "error", name: "Error", inputs: [{ type: "string", name: "reason" }] }],
        errorName: "Error",
        args: ["no funds"],
      }),
    );
    expect(error.message, "reason").to.contain("Error(no funds)");
  });

  it("behavior: an unlisted name is taken apart into words", () => {
    expect(hintFor("SomethingNewHappened"), "words").to.equal("Something new happened.");
    expect(hintFor("constructor"), "no prototype").to.equal("Constructor.");
  });

  it("error: data that nobody knows", () => {
    for (const data of ["0x", "0x12345678", "0x4e487b"] satisfies Hex[]) {
      const error = decodeRevert("deposit", data);
      expect(error, data).to.be.instanceOf(UnknownRevertError);
      expect(isHex((error as UnknownRevertError).data), `${data} kept`).to.equal(true);
    }
  });
});
