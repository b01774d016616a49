// SPDX-License-Identifier: MIT
import { encode } from "cborg";
import { expect } from "chai";
import { bytesToHex, concat } from "viem";

import { KEEP_ORDER, encodeNitroPayload } from "../../src/tee/development-document.ts";
import { CborError, DocumentFieldError } from "../../src/tee/errors.ts";
import { parseNitroPayload } from "../../src/tee/nitro-payload.ts";
import { expectRefusal, pcr } from "./fixtures.ts";

function fields(changes: Record<string, unknown> = {}): Map<string, unknown> {
  return new Map<string, unknown>(
    Object.entries({
      module_id: "i-0123456789abcdef0-enc019c1234567890ab",
      digest: "SHA384",
      timestamp: 1_770_000_000_123,
      pcrs: new Map([[0, pcr(0)]]),
      certificate: Uint8Array.of(1),
      cabundle: [Uint8Array.of(2), Uint8Array.of(3)],
      public_key: Uint8Array.of(4),
      user_data: Uint8Array.of(5),
      nonce: Uint8Array.of(6),
      ...changes,
    }),
  );
}

const parse = (changes: Record<string, unknown>) =>
  parseNitroPayload(encodeNitroPayload(fields(changes)));
const bytes = (length: number) => new Uint8Array(length);
const registers = (count: number, size = 48) =>
  new Map(Array.from({ length: count }, (_, index) => [index, bytes(size)]));

describe("parseNitroPayload", () => {
  it("default", () => {
    expect(parse({}), "all fields").to.deep.equal({
      moduleId: "i-0123456789abcdef0-enc019c1234567890ab",
      timestamp: 1_770_000_000_123,
      digest: "SHA384",
      pcrs: new Map([[0, bytesToHex(pcr(0))]]),
      certificate: Uint8Array.of(1),
      cabundle: [Uint8Array.of(2), Uint8Array.of(3)],
      publicKey: "0x04",
      userData: "0x05",
      nonce: "0x06",
    });
  });

  it("behavior: definite and indefinite maps, in any order of fields", () => {
    const want = parse({});
    const reversed = new Map([...fields()].toReversed());
    for (const [label, payload] of [
      ["definite", encode(fields(), KEEP_ORDER)],
      ["sorted", encode(fields())],
      ["reversed", encodeNitroPayload(reversed)],
    ] as const) {
      expect(parseNitroPayload(payload), label).to.deep.equal(want);
    }
  });

  it("behavior: optional fields may be null or missing", () => {
    const missing = fields();
    for (const name of ["public_key", "user_data", "nonce"]) missing.delete(name);
    const without = parseNitroPayload(encodeNitroPayload(missing));
    const nulls = parse({ public_key: null, user_data: null, nonce: null });
    expect(without, "missing equals null").to.deep.equal(nulls);
    expect([nulls.publicKey, nulls.userData, nulls.nonce], "absent").to.deep.equal(
      Array(3).fill(undefined),
    );
  });

  it("behavior: bounds are inclusive", () => {
    const largest = parse({
      module_id: "m".repeat(128),
      timestamp: Number.MAX_SAFE_INTEGER,
      pcrs: registers(32, 64),
      certificate: bytes(1024),
      cabundle: Array(8).fill(bytes(1024)),
      public_key: bytes(1024),
      user_data: bytes(512),
      nonce: bytes(512),
    });
    const smallest = parse({
      module_id: "m",
      timestamp: 1,
      pcrs: registers(1, 32),
      user_data: bytes(0),
      nonce: bytes(0),
    });
    expect(largest.pcrs.size, "32 registers").to.equal(32);
    expect(largest.cabundle.length, "8 certificates").to.equal(8);
    expect([smallest.userData, smallest.nonce], "empty bytes are not absent").to.deep.equal([
      "0x",
      "0x",
    ]);
  });

  const refused: Readonly<Record<string, readonly (readonly [label: string, value: unknown])[]>> = {
    module_id: [
      ["bytes", bytes(4)],
      ["null", null],
      ["empty", ""],
      ["129 characters", "m".repeat(129)],
      ["a control character", "i-\u001b[31m"],
      ["not ASCII", "i-é"],
    ],
    digest: [
      ["SHA256", "SHA256"],
      ["lower case", "sha384"],
      ["bytes", Buffer.from("SHA384")],
      ["null", null],
    ],
    timestamp: [
      ["zero", 0],
      ["text", "1770000000123"],
      ["bytes", bytes(8)],
      ["null", null],
    ],
    pcrs: [
      ["null", null],
      ["empty", new Map()],
      ["an array", [bytes(48)]],
      ["index 32", new Map([[32, bytes(48)]])],
      ["text index", new Map([["0", bytes(48)]])],
      ["31 bytes", registers(1, 31)],
      ["20 bytes", registers(1, 20)],
      ["65 bytes", registers(1, 65)],
      ["text value", new Map([[0, "0".repeat(48)]])],
      ["null value", new Map([[0, null]])],
    ],
    certificate: [
      ["null", null],
      ["empty", bytes(0)],
      ["1,025 bytes", bytes(1025)],
      ["text", "certificate"],
    ],
    cabundle: [
      ["null", null],
      ["empty", []],
      ["a byte string", bytes(4)],
      ["nine certificates", Array(9).fill(bytes(1))],
      ["an empty certificate", [bytes(1), bytes(0)]],
      ["1,025 bytes", [bytes(1025)]],
      ["text", ["certificate"]],
    ],
    public_key: [
      ["empty", bytes(0)],
      ["1,025 bytes", bytes(1025)],
      ["text", "key"],
    ],
    user_data: [
      ["513 bytes", bytes(513)],
      ["text", "data"],
      ["an integer", 1],
    ],
    nonce: [
      ["513 bytes", bytes(513)],
      ["text", "nonce"],
      ["an array", [1]],
    ],
  };
  for (const [name, cases] of Object.entries(refused)) {
    it(`error: ${name}`, () => {
      for (const [label, value] of cases) {
        const error = expectRefusal(`${name}: ${label}`, DocumentFieldError, () =>
          parse({ [name]: value }),
        );
        expect(error.field, `${name}: ${label}`).to.equal(name);
      }
    });
  }

  it("error: a mandatory field is missing", () => {
    for (const name of ["module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle"]) {
      const missing = fields();
      missing.delete(name);
      const error = expectRefusal(name, DocumentFieldError, () =>
        parseNitroPayload(encodeNitroPayload(missing)),
      );
      expect(error.field, "field").to.equal(name);
    }
  });

  it("error: a field outside of the specification", () => {
    expectRefusal("extra field", DocumentFieldError, () => parse({ extra: 1 }));
    const integerKey = concat([Uint8Array.of(0xa1), encode(1), encode(1)]);
    expectRefusal("integer key", DocumentFieldError, () => parseNitroPayload(integerKey));
  });

  it("error: no map", () => {
    for (const value of [[], "payload", 1, null]) {
      expectRefusal(String(value), DocumentFieldError, () => parseNitroPayload(encode(value)));
    }
  });

  it("error: a field twice, in either map encoding", () => {
    const entry = concat([encode("digest"), encode("SHA384")]);
    const body = encode(fields(), KEEP_ORDER).subarray(1);
    for (const [label, payload] of [
      ["definite", concat([Uint8Array.of(0xaa), body, entry])],
      ["indefinite", concat([Uint8Array.of(0xbf), body, entry, Uint8Array.of(0xff)])],
    ] as const) {
      const error = expectRefusal(label, CborError, () => parseNitroPayload(payload));
      expect(error.message, label).to.include("repeat");
    }
  });

  it("error: floats and negative integers for numbers", () => {
    const float = Uint8Array.of(0xfb, 0x42, 0x79, 0xc1, 0xe7, 0x8a, 0xcc, 0, 0);
    const definite = encode(new Map([["timestamp", 0]])).subarray(0, -1);
    expectRefusal("float", CborError, () => parseNitroPayload(concat([definite, float])));
    expectRefusal("negative index", CborError, () => parse({ pcrs: new Map([[-1, bytes(48)]]) }));
  });

  it("error: indefinite lengths inside", () => {
    const head = concat([Uint8Array.of(0xa1), encode("pcrs")]);
    const map = concat([head, Uint8Array.of(0xbf, 0, 0x58, 48), bytes(48), Uint8Array.of(0xff)]);
    expectRefusal("pcrs", CborError, () => parseNitroPayload(map));
    const list = concat([
      Uint8Array.of(0xa1),
      encode("cabundle"),
      Uint8Array.of(0x9f, 0x41, 1, 0xff),
    ]);
    expectRefusal("cabundle", CborError, () => parseNitroPayload(list));
  });

  it("error: trailing bytes after the payload's map", () => {
    const payload = concat([encodeNitroPayload(fields()), Uint8Array.of(0)]);
    expectRefusal("trailing", CborError, () => parseNitroPayload(payload));
  });
});
