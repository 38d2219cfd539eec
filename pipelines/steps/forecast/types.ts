/** How `prepareDemand` makes rows. */
export interface DemandRows {
  /**
   * A column of whole days that a delivery of an item takes, 1 to 365.
   * @default - one day for each
   */
  readonly lead?: string;
  /**
   * What days without a row are: an error, or days on which nothing was asked for.
   * @default "refuse"
   */
  readonly gaps?: "refuse" | "zero";
  /**
   * The days before the holdout that are kept back to judge by.
   * @default 28
   */
  readonly test_days?: number;
  /**
   * The last days, which are kept back to compare with the champion.
   * @default 28
   */
  readonly holdout_days?: number;
}

/** What `trainForecaster` learns with; those without a word here are scikit-learn's, of HistGradientBoostingRegressor. */
export interface ForecasterParameters {
  /** @default 80 */
  readonly max_iter?: number;
  /** @default 0.08 */
  readonly learning_rate?: number;
  /** @default 8 */
  readonly max_leaf_nodes?: number;
  /** @default 40 */
  readonly min_samples_leaf?: number;
  /**
   * The share of days, the last, that the quantiles are corrected with.
   * @default 0.25
   */
  readonly calibration?: number;
  /**
   * Rising, between 0 and 1, with 0.5.
   * @default [0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98]
   */
  readonly quantiles?: readonly number[];
}

/** How much of an item `planStock` wants to be there or on its way: by a service level, or by what is cheapest. */
export type StockPolicy = {
  /**
   * A column of how much is there or on its way; from the last day, and kept by the role `id`.
   * @default - nothing is
   */
  readonly on_hand?: string;
} & (
  | {
      /** The share of deliveries before which nothing runs out, 0 to 1. */
      readonly service: number;
    }
  | {
      /** Columns of what a unit costs that is asked for and not there, and one that is there and not asked for. */
      readonly costs: { readonly short: string; readonly over: string };
    }
);

/** What a forecaster must be for `promote` to make it the champion. */
export interface ForecastTerms {
  /**
   * By which share its pinball loss must be below that of the best baseline, at the lower bound of their difference.
   * @default 0.05
   */
  readonly gain?: number;
  /**
   * By which share of that it may be above the champion's, at the bound of their difference.
   * @default 0.02
   */
  readonly margin?: number;
  /**
   * Of both bounds.
   * @default 0.99
   */
  readonly confidence?: number;
  /**
   * The items that the holdout must have.
   * @default 10
   */
  readonly least_items?: number;
  /**
   * The days that it must have.
   * @default 14
   */
  readonly least_days?: number;
}
