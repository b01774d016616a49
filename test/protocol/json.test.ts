// SPDX-License-Identifier: MIT
import { expect } from "chai";
import * as fc from "fast-check";

import {
  InvalidFieldError,
  JsonSyntaxError,
  JsonTooLargeError,
  MissingFieldError,
  parseReceipt,
  parseRequest,
  type Receipt,
  serializeReceipt,
  serializeRequest,
  UnknownFieldError,
} from "../../src/protocol/index.ts";
import { makeRequest, receipts, requests, wordOf } from "./fixtures.ts";

type Json = { [key: string]: Json } | Json[] | string | number;

const [receipt] = fc.sample(receipts, { seed: 7, numRuns: 1 }) as [Receipt];

function change(text: string, edit: (value: Record<string, Json>) => void): string {
  const value = JSON.parse(text) as Record<string, Json>;
  edit(value);
  return JSON.stringify(value);
}

/** Every path to a field of a value, as errors write it. */
function pathsOf(value: Json, path = "$"): string[] {
  if (typeof value !== "object") return [path];
  return Object.entries(value).flatMap(([key, entry]) => {
    const step = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    return [step, ...pathsOf(entry, step)];
  });
}

function parentOf(value: Json, path: string): [parent: Record<string, Json>, key: string] {
  const keys = path
    .replaceAll(/\[(\d+)\]/g, ".$1")
    .split(".")
    .slice(1);
  const key = keys.pop() ?? "";
  const parent = keys.reduce<Json>((at, step) => (at as Record<string, Json>)[step] ?? {}, value);
  return [parent as Record<string, Json>, key];
}

describe("parseRequest", () => {
  it("default: returns what was serialised", () => {
    fc.assert(
      fc.property(requests, (request) => {
        expect(parseRequest(serializeRequest(request)), "request").to.deep.equal(request);
      }),
      { seed: 3 },
    );
  });

  it("behavior: hex is read in any case and written in one", () => {
    const text = serializeRequest(makeRequest({ modelId: wordOf("ab") }));
    const loud = change(text, (value) => {
      value["modelId"] = `0x${"AB".repeat(32)}`;
      value["client"] = String(value["client"]).toLowerCase();
    });
    expect(serializeRequest(parseRequest(loud)), "canonical").to.equal(text);
  });

  it("error: VANILLA cannot be required", () => {
    for (const set of [1, 3, 7, 8, 255]) {
      const text = change(serializeRequest(makeRequest()), (value) => {
        value["requiredEvidence"] = set;
      });
      expect(() => parseRequest(text), `set ${set}`).to.throw(
        InvalidFieldError,
        "requiredEvidence",
      );
    }
  });

  it("error: numbers out of range, or in another notation", () => {
    const bad: [field: string, value: Json][] = [
      ["maxFee", 5],
      ["maxFee", "-1"],
      ["maxFee", "1e3"],
      ["maxFee", "007"],
      ["maxFee", "0x10"],
      ["maxFee", (2n ** 128n).toString()],
      ["maxFee", "9".repeat(2_000)],
      ["nonce", (2n ** 64n).toString()],
      ["deliverBy", 2 ** 40],
      ["deliverBy", -1],
      ["deliverBy", 1.5],
      ["deliverBy", "5"],
      ["callbackGas", 2 ** 32],
      ["modelId", "0x1234"],
      ["modelId", `0x${"zz".repeat(32)}`],
      ["client", "0xF39fd6e51aad88F6F4ce6aB8827279cffFb92266"],
      ["client", "0x1234"],
    ];
    for (const [field, value] of bad) {
      const text = change(serializeRequest(makeRequest()), (request) => {
        request[field] = value;
      });
      const label = `${field} ${JSON.stringify(value).slice(0, 40)}`;
      expect(() => parseRequest(text), label)
        .to.throw()
        .with.property("path", `$.${field}`);
    }
  });

  it("error: text that is no JSON, or too long", () => {
    expect(() => parseRequest("{"), "no JSON").to.throw(JsonSyntaxError);
    expect(() => parseRequest(" ".repeat(5_000)), "long").to.throw(JsonTooLargeError);
    for (const text of ["null", "[]", "1", '"x"']) {
      expect(() => parseRequest(text), text).to.throw(InvalidFieldError, "an object");
    }
  });

  it("error: a smuggled prototype is an unknown field", () => {
    const text = serializeRequest(makeRequest()).replace("{", '{"__proto__":{},');
    expect(() => parseRequest(text), "__proto__").to.throw(UnknownFieldError, "__proto__");
  });
});

describe("parseReceipt", () => {
  it("default: returns what was serialised", () => {
    fc.assert(
      fc.property(receipts, (value) => {
        expect(parseReceipt(serializeReceipt(value)), "receipt").to.deep.equal(value);
      }),
      { seed: 4 },
    );
  });

  it("behavior: equal receipts give equal bytes, whatever the order of their keys", () => {
    const turned = Object.fromEntries(Object.entries(receipt).toReversed()) as unknown as Receipt;
    expect(serializeReceipt(turned), "bytes").to.equal(serializeReceipt(receipt));
  });

  it("error: every field is needed, at every depth", () => {
    const text = serializeReceipt(receipt);
    for (const path of pathsOf(JSON.parse(text) as Json)) {
      if (path.endsWith("]")) continue;
      const without = change(text, (value) => {
        const [parent, key] = parentOf(value, path);
        delete parent[key];
      });
      expect(() => parseReceipt(without), path)
        .to.throw(MissingFieldError)
        .with.property("path", path);
    }
  });

  it("error: every field refuses a value of another type, and names its path", () => {
    const text = serializeReceipt(receipt);
    for (const path of pathsOf(JSON.parse(text) as Json)) {
      const wrong = change(text, (value) => {
        const [parent, key] = parentOf(value, path);
        parent[key] = true as unknown as Json;
      });
      expect(() => parseReceipt(wrong), path)
        .to.throw(InvalidFieldError)
        .with.property("path", path);
    }
  });

  it("error: an unknown field at every depth", () => {
    const text = serializeReceipt(receipt);
    for (const name of ["request", "result", "payout", "settledAt", "model"]) {
      const more = change(text, (value) => {
        (value[name] as Record<string, Json>)["extra"] = 1;
      });
      expect(() => parseReceipt(more), name)
        .to.throw(UnknownFieldError)
        .with.property("path", `$.${name}.extra`);
    }
  });

  it("error: more evidence than there are kinds", () => {
    const text = change(serializeReceipt(receipt), (value) => {
      const piece = { kind: 0, data: "0x", transactionHash: `0x${"00".repeat(32)}` };
      value["evidence"] = [piece, piece, piece, piece];
    });
    expect(() => parseReceipt(text), "four").to.throw(InvalidFieldError, "at most 3");
  });
});
