// The entry that Pulumi loads: says what to do where Node cannot run the program.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  const error = new Error(
    `filiera needs Node 22.18 or newer, and this is ${process.versions.node}: run npm exec -c 'pulumi up', which puts the project's own Node first`,
  );
  // one of Pulumi's own, by shape, of which it prints the message alone
  throw Object.assign(error, { __pulumiRunError: true });
}

const { default: program } = await import("./stack.ts");
export default program;
