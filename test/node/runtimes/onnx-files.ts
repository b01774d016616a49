// SPDX-License-Identifier: MIT
// ONNX files as protobuf bytes, and a package of the same interface as onnxruntime-node that fails in chosen ways.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

const FLOAT = 1;
const INT64 = 7;
const IR_VERSION = 8;
const OPSET = 13;

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

/** A field that holds a number. */
function number(field: number, value: number): number[] {
  return [...varint(field * 8), ...varint(value)];
}

/** A field that holds bytes: text or a message. */
function bytes(field: number, value: string | number[]): number[] {
  const content = typeof value === "string" ? [...Buffer.from(value)] : value;
  return [...varint(field * 8 + 2), ...varint(content.length), ...content];
}

/** A ValueInfoProto: a tensor of this type, with one dimension, of open size if not given. */
function value(name: string, type: number, dim?: number): number[] {
  const dimension = bytes(1, dim === undefined ? bytes(2, "n") : number(1, dim));
  const tensor = [...number(1, type), ...bytes(2, dimension)];
  return [...bytes(1, name), ...bytes(2, bytes(1, tensor))];
}

function model(graph: number[]): Uint8Array {
  const opset = bytes(8, number(2, OPSET));
  return Uint8Array.from([...number(1, IR_VERSION), ...bytes(7, graph), ...opset]);
}

function node(operator: string, inputs: string[], outputs: string[]): number[] {
  return [
    ...inputs.flatMap((name) => bytes(1, name)),
    ...outputs.flatMap((name) => bytes(2, name)),
    ...bytes(4, operator),
  ];
}

/** y = x + x, four floats. */
export const doubling = model([
  ...bytes(1, node("Add", ["x", "x"], ["y"])),
  ...bytes(2, "doubling"),
  ...bytes(11, value("x", FLOAT, 4)),
  ...bytes(12, value("y", FLOAT, 4)),
]);

/** As many zeros as the input says. */
export const filling = model([
  ...bytes(1, node("ConstantOfShape", ["n"], ["y"])),
  ...bytes(2, "filling"),
  ...bytes(11, value("n", INT64, 1)),
  ...bytes(12, value("y", FLOAT)),
]);

/** The model of the stand-in says in words what it does. */
const STAND_IN = `
class Tensor {
  constructor(type, data, dims) { Object.assign(this, { type, data, dims }); }
}
const attempt = (what) => { try { what(); return 1; } catch { return 0; } };
const held = [];
class InferenceSession {
  static async create(bytes) {
    const session = new InferenceSession();
    session.does = Buffer.from(bytes).toString();
    if (session.does === "no model") throw new Error("this is no model");
    return session;
  }
  outputNames = ["y"];
  async run({ x }) {
    if (x.data[0] === 0 && this.does.startsWith("later ")) return { y: x };
    switch (this.does.replace("later ", "")) {
      case "double": return { y: new Tensor("float32", x.data.map((each) => 2 * each), x.dims) };
      case "spin": for (;;);
      case "wait": return new Promise(() => {});
      case "hold": for (;;) held.push(new Uint8Array(2 ** 24).fill(1));
      case "throw": throw new Error("a node of the graph failed");
      case "exit": process.exit(3);
      case "abort": process.abort();
      case "nothing": return {};
      case "text": return { y: new Tensor("string", ["a"], [1]) };
      case "lie": return { y: new Tensor("float32", ["a"], [1]) };
      case "much": return { y: new Tensor("uint8", new Uint8Array(2 ** 20), [2 ** 20]) };
      case "look": {
        const fs = require("node:fs");
        const found = [
          Object.keys(process.env).length,
          attempt(() => fs.readFileSync("/etc/passwd")),
          attempt(() => fs.writeFileSync("/tmp/assay-onnx-was-here", "")),
          attempt(() => { const { error } = require("node:child_process").spawnSync("true"); if (error) throw error; }),
        ];
        return { y: new Tensor("float32", Float32Array.from(found), [4]) };
      }
    }
  }
}
module.exports = { InferenceSession, Tensor };
`;

/** Writes the stand-in where it is found from the folder. */
export function installStandIn(folder: string): void {
  const home = path.join(folder, "node_modules", "onnxruntime-node");
  mkdirSync(home, { recursive: true });
  writeFileSync(path.join(home, "package.json"), '{"name":"onnxruntime-node","main":"index.js"}');
  writeFileSync(path.join(home, "index.js"), STAND_IN);
}
