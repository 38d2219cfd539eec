import getPort, { portNumbers } from "get-port";

/** A port of loopback, below those that the system gives to outgoing connections, which could take it before it is used. */
export function freePort(): Promise<number> {
  const from = 15_000 + Math.floor(Math.random() * 15_000);
  return getPort({ host: "127.0.0.1", port: portNumbers(from, from + 1000) });
}
