import { Graph, layout } from "@dagrejs/dagre";
import type { Edge, Picture, PictureNode } from "./picture.ts";

/** Where something is, from the corner of what is around it. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A task with its place; what is in it has places from its own corner. */
export interface PlacedNode extends Box {
  readonly node: PictureNode;
  readonly inside: PlacedPicture | undefined;
}

/** The points of a line between two tasks. */
export interface PlacedEdge {
  readonly edge: Edge;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** A picture with everything in its place. */
export interface PlacedPicture {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** Room inside of a group: for its words above, and around what is in it. */
export const GROUP = { top: 44, side: 18, bottom: 18 } as const;
const STEP_HEIGHT = 50;

/**
 * Lays out each DAG by itself, the inner before the outer: no line crosses the border of a group.
 *
 * @param room - how many letters are to be added to each note
 */
export function place({ nodes, edges }: Picture, room = 0): PlacedPicture {
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 28, ranksep: 38, marginx: 2, marginy: 2 });
  graph.setDefaultEdgeLabel(() => ({}));
  const inner = new Map(nodes.map((node) => [node.path, node.inside && place(node.inside, room)]));
  for (const node of nodes) graph.setNode(node.path, { ...sizeOf(node, room, inner.get(node.path)) });
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width: Math.max(width, 0),
    height: Math.max(height, 0),
    nodes: nodes.map((node) => {
      const { x, y, width, height } = graph.node(node.path);
      return { node, x: x - width / 2, y: y - height / 2, width, height, inside: inner.get(node.path) };
    }),
    edges: edges.map((edge) => ({ edge, points: graph.edge(edge.from, edge.to).points })),
  };
}

function sizeOf(
  { title, note }: PictureNode,
  room: number,
  inside: PlacedPicture | undefined,
): { width: number; height: number } {
  const words = Math.max(textWidth(title, 14), textWidth(note, 11) + room * 6.4) + 32;
  if (!inside) return { width: Math.max(120, words), height: STEP_HEIGHT };
  return {
    width: Math.max(words, inside.width + 2 * GROUP.side),
    height: inside.height + GROUP.top + GROUP.bottom,
  };
}

/** About how wide a text is: a little more than most fonts need. */
function textWidth(text: string, size: number): number {
  return text.length * size * 0.58;
}
