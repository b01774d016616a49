// SPDX-License-Identifier: MIT
// A parent to be killed: starts a child that spins for ever and says its process id.
import { forkModule } from "../../src/zkml/child-process.ts";

const { process: child } = forkModule({ base: import.meta.url, name: "probe", memoryMB: 64 });
child.send({ spin: true });
process.stdout.write(`${child.pid}\n`);
