import type { WantedPods } from "../wanted/index.ts";
import type { Room } from "./nodes.ts";

/** Pods that found no node. */
export interface Unplaced {
  readonly pods: WantedPods;
  readonly count: number;
}

interface Seat {
  readonly node: string;
  cpu: number;
  memory: number;
  gpu: number;
  pods: number;
  readonly taken: Map<WantedPods, number>;
}

/**
 * Places pods on nodes as the scheduler would by default: the largest first, each on the node that is left with the
 * most room. A cluster that it fills exactly may still have another way.
 */
export function place(wanted: readonly WantedPods[], rooms: readonly Room[]): Unplaced[] {
  const seats = rooms.map((room): Seat => ({ ...room, taken: new Map() }));
  const largestFirst = [...wanted].sort((a, b) => b.memory - a.memory || b.cpu - a.cpu || compare(a.owner, b.owner));
  return largestFirst.flatMap((pods) => {
    let left = pods.count;
    for (; left > 0; left -= 1) {
      const seat = best(pods, seats);
      if (!seat) break;
      seat.cpu -= pods.cpu;
      seat.memory -= pods.memory;
      seat.gpu -= pods.gpu;
      seat.pods -= 1;
      seat.taken.set(pods, (seat.taken.get(pods) ?? 0) + 1);
    }
    return left > 0 ? [{ pods, count: left }] : [];
  });
}

function best(pods: WantedPods, seats: readonly Seat[]): Seat | undefined {
  const least = Math.min(...seats.map(({ taken }) => taken.get(pods) ?? 0));
  const open = seats.filter((seat) => {
    const here = seat.taken.get(pods) ?? 0;
    if (pods.apart === "each" && here > 0) return false;
    if (pods.apart === "even" && here > least) return false;
    return fits(pods, seat);
  });
  return open.reduce<Seat | undefined>(
    (found, seat) => (found && found.memory >= seat.memory ? found : seat),
    undefined,
  );
}

/** Whether a node has room for one of the pods. */
export function fits(pods: WantedPods, room: Omit<Room, "node">): boolean {
  // requests are sums of thousandths
  const slack = 1e-9;
  return (
    room.pods >= 1 &&
    room.cpu - pods.cpu >= -slack &&
    room.memory - pods.memory >= -slack &&
    room.gpu - pods.gpu >= -slack
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
