/** How many of the last days `splitFeedback` keeps back to judge by. */
export interface FeedbackCuts {
  /** @default 28 */
  readonly test_days?: number;
  /** @default 28 */
  readonly holdout_days?: number;
}

/** What of fairness is asked of recommendations: a difference at most, ratios at least. At least one is needed. */
export interface RankingLimits {
  /**
   * The largest difference of the mean NDCG of groups of people.
   * @default - not judged
   */
  readonly ndcg_difference?: number;
  /**
   * The smallest ratio of those.
   * @default - not judged
   */
  readonly ndcg_ratio?: number;
  /**
   * The smallest ratio, of groups of items, of the share of exposure to the share of items.
   * @default - not judged
   */
  readonly exposure_to_catalogue_ratio?: number;
  /**
   * The smallest ratio of the share of exposure to the share of what people then took.
   * @default - not judged
   */
  readonly exposure_to_demand_ratio?: number;
}

/** How `judgeRanking` judges. */
export interface RankingRules {
  /**
   * Columns that group people, with one value for each of them.
   * @default - none
   */
  readonly users?: readonly string[];
  /**
   * Columns that group items, such as their supplier.
   * @default - none
   */
  readonly items?: readonly string[];
  readonly limits: RankingLimits;
  /**
   * Whether groups of people by all their columns at once are judged, too.
   * @default true
   */
  readonly intersections?: boolean;
  /**
   * The people that a group must have to be judged.
   * @default 30
   */
  readonly least_users?: number;
  /**
   * The items that a group must have to be judged.
   * @default 5
   */
  readonly least_items?: number;
  /**
   * What smaller groups make of a verdict that is fair without them.
   * @default "undecided"
   */
  readonly small_groups?: "undecided" | "ignore";
}

/** What a recommender must be for `promote` to make it the champion. */
export interface RankingTerms {
  /**
   * By which share its NDCG must be above that of what most people took, at the lower bound of their difference.
   * @default 0.05
   */
  readonly gain?: number;
  /**
   * By how much the NDCG may be smaller than the champion's, at the lower bound of their difference.
   * @default 0.01
   */
  readonly margin?: number;
  /**
   * Of both bounds.
   * @default 0.99
   */
  readonly confidence?: number;
  /**
   * The people that the holdout must have.
   * @default 100
   */
  readonly least_users?: number;
}
