// SPDX-License-Identifier: MIT
// Prints what `--help` says of each command that it is given, as JSON: in one process, because each takes a second to start.
const help: Record<string, string> = {};
const names = process.argv.slice(2);
const write = process.stdout.write.bind(process.stdout);

for (const name of names) {
  help[name] = "";
  process.argv.splice(2, Infinity, ...name.split(" "), "--help");
  process.stdout.write = (text: string | Uint8Array) => {
    help[name] += String(text);
    return true;
  };
  // Each import runs the command once more, under an address of its own.
  await import(`../../src/cli/main.ts?${encodeURIComponent(name)}`);
  if (process.exitCode !== 0) throw new RangeError(`${name} --help ends with ${process.exitCode}`);
}
write(JSON.stringify(help));
