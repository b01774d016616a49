// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { KeystoreLockedError } from "../../../src/cli/keys/errors.ts";
import { openKey, sealKey } from "../../../src/cli/keys/keystore.ts";
import { BaseError } from "../../../src/protocol/errors.ts";
import { keyOf } from "../world.ts";
import { storedKey } from "./other-wallet.ts";

const KEY = keyOf("a key store");
const PASSWORD = "correct horse battery staple";
const FILE = "key.json";

/** Another last digit. */
const flip = (hex: string) => `${hex.slice(0, -1)}${hex.endsWith("0") ? "1" : "0"}`;

/** What opening throws, after a look that neither key nor password is in it. */
function refusalOf(stored: unknown, password = PASSWORD): unknown {
  try {
    openKey(typeof stored === "string" ? stored : JSON.stringify(stored), password, FILE);
  } catch (error) {
    const { stack = "", cause } = error as Error;
    const shown = `${stack} ${String(cause)} ${JSON.stringify(error)}`;
    expect(shown, "the key").not.to.include(KEY.slice(2));
    expect(shown, "the password").not.to.include(password);
    expect(error, "type").to.be.instanceOf(BaseError);
    return error;
  }
  return expect.fail("it opened");
}

describe("sealKey", () => {
  it("default: a file that only the password opens, and that costs what geth's does", function () {
    this.timeout(120_000);
    const text = sealKey(KEY, PASSWORD);
    expect(text.toLowerCase(), "the key is not in it").not.to.include(KEY.slice(2));
    expect(text, "the password is not in it").not.to.include(PASSWORD);
    const { version, address, crypto } = JSON.parse(text) as ReturnType<typeof storedKey>;
    expect({ version, address }, "format").to.deep.equal({
      version: 3,
      address: storedKey(KEY, PASSWORD).address,
    });
    const { n, r, p } = crypto.kdfparams;
    expect({ n, r, p }, "cost").to.deep.equal({ n: 262_144, r: 8, p: 1 });
    expect(openKey(text, PASSWORD, FILE), "opened").to.equal(KEY);
    expect(refusalOf(text, "correct horse"), "wrong").to.be.instanceOf(KeystoreLockedError);
  });
});

describe("openKey", () => {
  it("default: another program's file, with or without an address", () => {
    const stored = storedKey(KEY, PASSWORD);
    expect(openKey(JSON.stringify(stored), PASSWORD, FILE), "with").to.equal(KEY);
    const { address: _address, ...bare } = stored;
    expect(openKey(JSON.stringify(bare), PASSWORD, FILE), "without").to.equal(KEY);
    const upper = { ...stored, address: `0x${stored.address.toUpperCase()}` };
    expect(openKey(JSON.stringify(upper), PASSWORD, FILE), "in capitals").to.equal(KEY);
  });

  it("error: a wrong password", () => {
    const error = refusalOf(storedKey(KEY, PASSWORD), "incorrect horse") as Error;
    expect(error, "type").to.be.instanceOf(KeystoreLockedError);
    expect(error.message, "which file").to.include(FILE);
  });

  it("error: any byte that was changed", () => {
    const stored = storedKey(KEY, PASSWORD);
    const { crypto } = stored;
    const cases = {
      ciphertext: { ...stored, crypto: { ...crypto, ciphertext: flip(crypto.ciphertext) } },
      mac: { ...stored, crypto: { ...crypto, mac: flip(crypto.mac) } },
      // The format's checksum says nothing about it, and it would yield another key.
      iv: { ...stored, crypto: { ...crypto, cipherparams: { iv: flip(crypto.cipherparams.iv) } } },
      salt: {
        ...stored,
        crypto: {
          ...crypto,
          kdfparams: { ...crypto.kdfparams, salt: flip(crypto.kdfparams.salt) },
        },
      },
      address: { ...stored, address: flip(stored.address) },
    };
    for (const [name, changed] of Object.entries(cases))
      expect(refusalOf(changed), name).to.be.instanceOf(KeystoreLockedError);
  });

  it("error: a file of another form names the field", () => {
    const stored = storedKey(KEY, PASSWORD);
    const { crypto } = stored;
    const withCost = (cost: object) => ({
      ...stored,
      crypto: { ...crypto, kdfparams: { ...crypto.kdfparams, ...cost } },
    });
    const cases: [unknown, RegExp][] = [
      ["no JSON", /key store key\.json is not valid JSON/],
      [{}, /`\$\.version` is missing/],
      [{ ...stored, version: 1 }, /`\$\.version` must be 3/],
      [{ ...stored, crypto: { ...crypto, kdf: "pbkdf2" } }, /`\$\.crypto\.kdf` must be "scrypt"/],
      [{ ...stored, crypto: { ...crypto, mac: "12" } }, /`\$\.crypto\.mac` must be 32 bytes/],
      [{ ...stored, address: 7 }, /`\$\.address` must be an address/],
      [withCost({ n: 2 ** 19 }), /`\$\.crypto\.kdfparams` must be scrypt with n a power of 2/],
      [withCost({ n: 1_023 }), /n a power of 2/],
      [withCost({ r: 8, p: 2 }), /r p up to 8/],
      [withCost({ n: 0 }), /`\$\.crypto\.kdfparams\.n` must be a whole number from 1/],
      [withCost({ dklen: 16 }), /`\$\.crypto\.kdfparams\.dklen` must be 32/],
      [" ".repeat(10_000), /at most 8192/],
    ];
    for (const [changed, says] of cases)
      expect((refusalOf(changed) as Error).message, String(says)).to.match(says);
  });
});
