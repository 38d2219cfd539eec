import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** An address that a process listens on. */
export interface Listening {
  readonly address: string;
  readonly port: number;
}

const LISTENS = "0A";

/** What the processes listen on; nothing on systems that do not tell. */
export function listeningOf(pids: readonly number[]): Listening[] {
  const sockets = new Map(["/proc/net/tcp", "/proc/net/tcp6"].flatMap(socketsIn));
  const found = new Map<string, Listening>();
  for (const pid of pids)
    for (const inode of inodesOf(pid)) {
      const socket = sockets.get(inode);
      if (socket) found.set(`${socket.address}:${socket.port}`, socket);
    }
  return [...found.values()];
}

/** Whether only this machine itself can reach the address. */
export function isLoopback({ address }: Listening): boolean {
  return address.startsWith("127.") || address === "::1";
}

function socketsIn(file: string): [string, Listening][] {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line): [string, Listening][] => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    const [address = "", port = ""] = local.split(":");
    return state === LISTENS && inode ? [[inode, { address: written(address), port: Number.parseInt(port, 16) }]] : [];
  });
}

/** The kernel writes addresses in groups of four bytes, each the wrong way round. */
function written(hex: string): string {
  if (hex.length === 8)
    return (hex.match(/../g) ?? [])
      .reverse()
      .map((byte) => Number.parseInt(byte, 16))
      .join(".");
  if (/^0{24}01000000$/.test(hex)) return "::1";
  return /^0+$/.test(hex) ? "::" : hex;
}

function inodesOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
