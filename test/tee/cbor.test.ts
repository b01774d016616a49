// SPDX-License-Identifier: MIT
import { encode } from "cborg";
import { expect } from "chai";
import { hexToBytes, type Hex } from "viem";

import { decodeStrictCbor } from "../../src/tee/cbor.ts";
import { CborError } from "../../src/tee/errors.ts";
import { expectRefusal } from "./fixtures.ts";

const decodeHex = (hex: Hex) => decodeStrictCbor(hexToBytes(hex));

describe("decodeStrictCbor", () => {
  it("default: reads what documents consist of", () => {
    const value = new Map<unknown, unknown>([
      ["text", "a"],
      ["bytes", Uint8Array.of(1, 2)],
      ["none", null],
      ["list", [1, 2]],
      ["map", new Map([[0, 7]])],
    ]);
    expect(decodeStrictCbor(encode(value)), "round trip").to.deep.equal(value);
  });

  it("behavior: the outermost map may have an indefinite length", () => {
    expect(decodeHex("0xbf616101ff"), "{_ a: 1}").to.deep.equal(new Map([["a", 1]]));
  });

  it("behavior: four arrays and maps are read, five are not", () => {
    expect(decodeHex("0x81818180"), "four nested arrays").to.deep.equal([[[[]]]]);
    expectRefusal("five nested arrays", CborError, () => decodeHex("0x8181818180"));
    expectRefusal("five beside each other", CborError, () => decodeHex("0x8480808080"));
  });

  const refused: readonly (readonly [label: string, bytes: Hex])[] = [
    ["nothing", "0x"],
    ["trailing byte", "0xa000"],
    ["trailing break", "0xa0ff"],
    ["lone break", "0xff"],
    ["missing end of an indefinite map", "0xbf616101"],
    ["indefinite map with a key and no value", "0xbf6161ff01"],
    ["duplicate text keys", "0xa2616101616102"],
    ["duplicate integer keys", "0xa200010002"],
    ["duplicate keys in an indefinite map", "0xbf616101616102ff"],
    ["nested indefinite map", "0xa16161bfff"],
    ["indefinite map in an array", "0x81bfff"],
    ["indefinite array", "0x9fff"],
    ["indefinite bytes", "0x5f4101ff"],
    ["indefinite text", "0x7f6161ff"],
    ["integer not in its shortest form", "0x1801"],
    ["map length not in its shortest form", "0xb800"],
    ["byte length not in its shortest form", "0x580101"],
    ["array longer than the data", "0x8201"],
    ["array of 2^32 - 1 items", "0x9affffffff"],
    ["bytes longer than the data", "0x420a"],
    ["tag", "0xc100"],
    ["float", "0xfb3ff0000000000000"],
    ["half float", "0xf93c00"],
    ["boolean", "0xf5"],
    ["undefined", "0xf7"],
    ["simple value", "0xf0"],
    ["negative integer", "0x20"],
    ["integer above 2^53", "0x1b0020000000000000"],
    ["reserved head", "0x1c"],
  ];
  for (const [label, bytes] of refused) {
    it(`error: ${label}`, () => {
      expectRefusal(label, CborError, () => decodeHex(bytes));
    });
  }

  it("error: a depth bomb is refused before it costs anything", () => {
    const bomb = new Uint8Array(16_000).fill(0x81);
    const error = expectRefusal("16,000 nested arrays", CborError, () => decodeStrictCbor(bomb));
    expect(error.message, "reason").to.include("nested");
  });

  it("error: control characters of a key do not reach the message", () => {
    // {"\x1b\n": 1, "\x1b\n": 2}
    const error = expectRefusal("escape", CborError, () => decodeHex("0xa2621b0a01621b0a02"));
    expect(error.message, "message").to.match(/^[ -~]*$/);
  });
});
