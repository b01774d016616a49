// SPDX-License-Identifier: MIT
/** A Postgres server of tests and benchmarks, in a temporary folder, from the programs that the system has installed. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, globSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { Client } from "pg";

import { freePort } from "./free-port.ts";

const START_MS = 60_000;

export interface PostgresServer {
  /** With the one user, who may do everything. */
  url: string;
  start(): Promise<void>;
  /** Ends every connection at once, as a crash of the server does. */
  stop(): Promise<void>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

/** The folder of `initdb` and `postgres`, if there is one. */
export function findPostgres(): string | undefined {
  const folders = [
    ...(process.env["PATH"] ?? "").split(delimiter),
    ...globSync("/usr/lib/postgresql/*/bin").sort().toReversed(),
  ];
  return folders.find((folder) =>
    ["initdb", "postgres"].every((program) => existsSync(join(folder, program))),
  );
}

export const POSTGRES_MISSING =
  "Postgres is not installed (apt-get install postgresql, or brew install postgresql)";

/** Whether ASSAY_REQUIRE names postgres: then what cannot run without it fails. */
export function isPostgresRequired(): boolean {
  return (process.env["ASSAY_REQUIRE"] ?? "").split(/[\s,]+/).includes("postgres");
}

/** Makes and starts a server on a free port. It waits for no disk, so it is faster than a real one. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = findPostgres();
  if (programs === undefined) throw new TypeError(`${POSTGRES_MISSING}.`);
  const user = unprivilegedUser();
  const folder = await mkdtemp(join(tmpdir(), "assay-postgres-"));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C", TZ: "UTC" };
  execFileSync(
    join(programs, "initdb"),
    ["-D", data, "-U", "assay", "-A", "trust", "-E", "UTF8", "--no-sync"],
    { ...user, env, stdio: "ignore", cwd: folder },
  );
  const port = await freePort();
  const url = `postgres://assay@127.0.0.1:${port}/postgres`;
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    fsync: process.env["ASSAY_POSTGRES_FSYNC"] ?? "off",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  let server: ChildProcess | undefined;

  const kill = () => server?.kill("SIGQUIT");
  process.once("exit", kill);
  const stop = async () => {
    const running = server;
    server = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = once(running, "exit");
    running.kill("SIGQUIT");
    await ended;
  };
  const start = async () => {
    server = spawn(join(programs, "postgres"), ["-D", data, ...options], {
      ...user,
      env,
      stdio: "ignore",
      cwd: folder,
    });
    await untilItAnswers(url, server);
  };
  await start();
  return {
    url,
    start,
    stop,
    remove: async () => {
      process.off("exit", kill);
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Postgres refuses to run as root. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const found =
    users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (found === undefined) throw new TypeError("There is no user postgres or nobody.");
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

async function untilItAnswers(url: string, server: ChildProcess): Promise<void> {
  const end = performance.now() + START_MS;
  while (server.exitCode === null && performance.now() < end) {
    const client = new Client({ connectionString: url });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await delay(50);
    }
  }
  throw new TypeError(`Postgres did not start (exit code ${server.exitCode}).`);
}
