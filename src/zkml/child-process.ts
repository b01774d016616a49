// SPDX-License-Identifier: MIT
/** Owns how modules run in processes of their own, where what a hostile file does to them hurts nobody else. */
import { fork, type ChildProcess } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** What a child writes to stderr before it ends for its size. */
export const TOO_LARGE = "assay: this process is larger than it may be";

/** The end of what a child wrote to stderr, for error messages. */
const STDERR_KEPT = 2_000;
/** The whole of a process is its JavaScript heap, buffers and WebAssembly. */
const PROCESS_PER_HEAP = 2;

/** A forked module. */
export interface Child {
  process: ChildProcess;
  /** The last lines that it wrote to stderr. */
  stderr: () => string;
  /** Whether it ended because it needed more memory than it may. */
  wasTooLarge: () => boolean;
}

export interface ForkParameters {
  /** `import.meta.url` of the caller; the module is in the same folder, as source or as built. */
  base: string;
  /** The module's name without extension. */
  name: string;
  /** JavaScript heap. */
  memoryMB: number;
  /** The whole process, which ends itself when it is larger; twice the heap if not given. */
  processMB?: number;
  /** Files and folders that it may read besides this package and its dependencies. */
  readable?: readonly string[];
  /** Files and folders that it may write. */
  writable?: readonly string[];
  /** Whether it may load native code. */
  addons?: boolean;
}

/**
 * Forks a module. The child has no environment, so that no key of ours is in its reach; reads only this package, its
 * dependencies and what it is given; writes and starts nothing; and ends when it grows too large or its parent is gone.
 *
 * @dev Warning: Node's permissions bind JavaScript and WebAssembly, not native code, and before Node 25 they do not stop
 * connections. WebAssembly has no connections of its own.
 */
export function forkModule(parameters: ForkParameters): Child {
  const { base, name, memoryMB, readable = [], writable = [] } = parameters;
  const { processMB = memoryMB * PROCESS_PER_HEAP } = parameters;
  const extension = base.endsWith(".ts") ? "ts" : "js";
  const fileOf = (module: string, from: string) =>
    fileURLToPath(new URL(`./${module}.${extension}`, from));
  const read = [...packagePaths(), ...readable].map((each) => `--allow-fs-read=${each}`);
  const write = writable.map((each) => `--allow-fs-write=${each}`);
  const child = fork(fileOf(name, base), [String(process.pid), String(processMB)], {
    env: {},
    cwd: path.dirname(fileOf(name, base)),
    execArgv: [
      `--max-old-space-size=${memoryMB}`,
      "--disable-warning=ExperimentalWarning",
      "--disable-warning=SecurityWarning",
      permissionFlag(),
      "--allow-worker",
      ...(parameters.addons === true ? ["--allow-addons"] : []),
      ...read,
      ...write,
      `--import=${new URL(`./guard.${extension}`, import.meta.url).href}`,
    ],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let tail = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-STDERR_KEPT);
  });
  const stderr = () => tail.trim();
  const wasTooLarge = () => tail.includes(TOO_LARGE) || tail.includes("heap out of memory");
  return { process: child, stderr, wasTooLarge };
}

/** Its name before Node 22. */
function permissionFlag(): string {
  const flag = "--permission";
  return process.allowedNodeEnvironmentFlags.has(flag) ? flag : "--experimental-permission";
}

/** This package's code, and every `node_modules` in which its dependencies may be. */
function packagePaths(): string[] {
  const code = fileURLToPath(new URL("..", import.meta.url));
  const root = path.dirname(path.resolve(code));
  const found = [code, path.join(root, "package.json")];
  for (let folder = root; ; folder = path.dirname(folder)) {
    const modules = path.join(folder, "node_modules");
    if (existsSync(modules)) found.push(modules);
    if (folder === path.dirname(folder)) break;
  }
  const real = found.filter((each) => existsSync(each)).map((each) => realpathSync(each));
  return [...new Set([...found, ...real])];
}
