// SPDX-License-Identifier: MIT
import { expect } from "chai";

import {
  BaseError,
  decodeTensorOutput,
  encodeTensorOutput,
  type Tensor,
} from "../../src/protocol/index.ts";

const tensor: Tensor = { name: "y", type: "float32", dims: [1, 1], data: "0x0000803f" };

describe("encodeTensorOutput", () => {
  it("default: canonical JSON that decodes again", () => {
    const bytes = encodeTensorOutput([tensor]);
    expect(new TextDecoder().decode(bytes), "text").to.equal(
      '{"format":"assay/tensor-output/1","outputs":[{"data":"0x0000803f","dims":[1,1],"name":"y","type":"float32"}]}',
    );
    expect(decodeTensorOutput(bytes).outputs, "decoded").to.deep.equal([tensor]);
  });

  it("error: other bytes of the same meaning, and data of another size", () => {
    const text = new TextDecoder().decode(encodeTensorOutput([tensor]));
    const cases = [
      `${text} `,
      text.replace("803f", "803F"),
      text.replace("[1,1]", "[1,2]"),
      text.replace("[1,1]", "[0]"),
      text.replace("output/1", "output/2"),
      text.replace("float32", "string"),
    ];
    for (const each of cases) {
      const decode = () => decodeTensorOutput(new TextEncoder().encode(each));
      expect(decode, each).to.throw(BaseError);
    }
  });
});
