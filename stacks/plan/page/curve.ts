import type { PageRect } from "./dom.ts";

/**
 * The path of an edge between two boxes, as SVG: straight down or up between layers, below both boxes within a row.
 * `share` says where along the first box it begins, so that many edges fan out. Runs in the page.
 */
export function curveOf(from: PageRect, to: PageRect, share: number): string {
  const x = from.left + (from.right - from.left) * share;
  const toX = (to.left + to.right) / 2;
  const at = (...numbers: readonly number[]) => numbers.map((number) => Math.round(number * 10) / 10).join(" ");
  const bend = (gap: number) => Math.max(18, Math.min(140, gap / 2));
  if (to.top >= from.bottom) {
    const by = bend(to.top - from.bottom);
    return `M${at(x, from.bottom)}C${at(x, from.bottom + by, toX, to.top - by, toX, to.top)}`;
  }
  if (to.bottom <= from.top) {
    const by = bend(from.top - to.bottom);
    return `M${at(x, from.top)}C${at(x, from.top - by, toX, to.bottom + by, toX, to.bottom)}`;
  }
  const by = 20 + Math.abs(toX - x) / 12;
  return `M${at(x, from.bottom)}C${at(x, from.bottom + by, toX, to.bottom + by, toX, to.bottom)}`;
}
