/** What the inputs are where a run gives none. */
export const defaults = { rows: 200, test_share: 0.25, seed: 1 };
