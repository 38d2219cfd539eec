/** What a column of a table is, and what it is for. */
export interface Column {
  readonly type: "number" | "category" | "boolean" | "time" | "array";
  /**
   * Features are learnt from, sensitive columns are judged by, the time orders rows; who took what is `user` and `item`.
   * @default "feature"
   */
  readonly role?: "feature" | "target" | "sensitive" | "time" | "id" | "user" | "item";
  /**
   * The least that a number may be.
   * @default - any
   */
  readonly min?: number;
  /**
   * The most that a number may be.
   * @default - any
   */
  readonly max?: number;
  /**
   * The categories that may be.
   * @default - any
   */
  readonly values?: readonly string[];
  /**
   * The largest share of rows that may have no value, 0 to 1.
   * @default 0
   */
  readonly missing?: number;
  /**
   * Of each array: `[32, 32]` for rows and columns of an image, `[30, 4]` for 30 rows of 4 measurements. In a table they are lists
   * of numbers, nested or with the last axis fastest.
   * @default - none; needed for type `array`, whose role is `feature`
   */
  readonly shape?: readonly number[];
}

/** The columns of a table by their names. */
export interface DataSchema {
  readonly columns: Readonly<Record<string, Column>>;
  /**
   * What the table is for. A classification has one `target`, of type `boolean`; a ranking one `user`, one `item` and one
   * `time`; a forecast one `item`, one `time`, and one `target` of type `number`, from 0 on.
   * @default "classification"
   */
  readonly task?: "classification" | "ranking" | "forecast";
}

/** What `preprocess` makes of the columns, and how it splits rows. */
export interface Recipe {
  /**
   * Numbers from 0 on of which the logarithm of one more is taken, as `<name>_log`, in place of them.
   * @default - none
   */
  readonly log?: readonly string[];
  /**
   * Times whose hour (0 to 23) and day of the week (0 is Monday) become features, as `<name>_hour` and `<name>_day`.
   * @default - none
   */
  readonly clock?: readonly string[];
  /**
   * By time, the earliest to learn from; or at random, with the same share of each class.
   * @default "random"
   */
  readonly split?: "time" | "random";
  /**
   * A column whose rows of one value all go to one part, such as those of a patient or a machine; the split is then at random.
   * @default - none: each row on its own
   */
  readonly together?: string;
  /**
   * How much of the rows goes where; together 1.
   * @default { train: 0.5, validation: 0.15, test: 0.2, holdout: 0.15 }
   */
  readonly shares?: {
    readonly train: number;
    readonly validation: number;
    readonly test: number;
    readonly holdout: number;
  };
}

/** What of fairness is asked for: differences at most, ratios at least. At least one is needed. */
export interface FairnessLimits {
  /**
   * The largest difference of the shares that are said to be true.
   * @default - not judged
   */
  readonly demographic_parity_difference?: number;
  /**
   * The smallest ratio of those shares.
   * @default - not judged
   */
  readonly demographic_parity_ratio?: number;
  /**
   * The largest difference of true positive rates, or of false positive rates.
   * @default - not judged
   */
  readonly equalized_odds_difference?: number;
  /**
   * The smallest ratio of either.
   * @default - not judged
   */
  readonly equalized_odds_ratio?: number;
  /**
   * The largest difference of true positive rates.
   * @default - not judged
   */
  readonly equal_opportunity_difference?: number;
}

/** How `fairnessGate` judges. */
export interface FairnessRules {
  /** The columns whose groups are compared. */
  readonly sensitive: readonly string[];
  readonly limits: FairnessLimits;
  /**
   * Whether groups of all sensitive columns at once are judged, too.
   * @default true
   */
  readonly intersections?: boolean;
  /**
   * The rows that a group must have to be judged.
   * @default 30
   */
  readonly least_rows?: number;
  /**
   * The rows of each class that a group must have to be judged by its labels.
   * @default 10
   */
  readonly least_of_class?: number;
  /**
   * What smaller groups make of a verdict that is fair without them.
   * @default "undecided"
   */
  readonly small_groups?: "undecided" | "ignore";
  /**
   * What is done to a model that is not fair, before it is judged again.
   * @default "none"
   */
  readonly mitigation?: "none" | "reweighing" | "thresholds";
}

/** What a model must be for `promote` to make it the champion. */
export interface PromotionTerms {
  /**
   * The area under the ROC curve that the lower bound must reach; 0.5 is that of guessing.
   * @default 0.6
   */
  readonly floor?: number;
  /**
   * By how much the area may be smaller than the champion's, at the lower bound of their difference.
   * @default 0.02
   */
  readonly margin?: number;
  /**
   * Of both bounds.
   * @default 0.99
   */
  readonly confidence?: number;
  /**
   * The rows of each class that the holdout must have.
   * @default 30
   */
  readonly least_of_class?: number;
}

/**
 * What a column's values become when they are taken in. Pseudonyms are HMAC-SHA-256 by the key of whom the row is about;
 * dates become `"1984-05"`, `"1984"` or `"1980s"`, numbers the lower end of their bin of a `width`, texts their first
 * `characters`.
 */
export type Treatment =
  | "keep"
  | "drop"
  | "pseudonymise"
  | { readonly generalise: "month" | "year" | "decade" | { readonly width: number } | { readonly characters: number } };

/** What `ingest` does with personal data, before anything of it is written. */
export interface ColumnPolicy {
  /** Every column of the data: one that is missing here, or there, is refused. */
  readonly columns: Readonly<Record<string, Treatment>>;
  /**
   * The column that says whom a row is about, itself pseudonymised or dropped. Whose key is deleted is erased.
   * @default - none; needed where a column is pseudonymised
   */
  readonly subject?: string;
  /**
   * How long the dataset, and what is made of its rows, may be read by steps.
   * @default - for ever
   */
  readonly retention?: {
    /** 1 to 36,500. */
    readonly days: number;
    /**
     * A column of times that is kept: it counts from the earliest, and rows that are older are refused.
     * @default - from when it was taken in
     */
    readonly since?: string;
  };
}

/**
 * The fields of a topic's records, which are objects of JSON, and what each is: `time` is a text of ISO 8601. A field that a
 * record lacks, or that is null, has no value; one that is not named here, or of another type, makes the record a poisoned one.
 */
export type RecordColumns = Readonly<Record<string, "text" | "number" | "integer" | "boolean" | "time">>;

/** A share of the requests that a new version gets. */
export interface TrafficStep {
  /** More than that of the step before it, above 0, at most 100. */
  readonly percent: number;
  /**
   * How long at least, before the next step.
   * @default 30
   */
  readonly minutes?: number;
}

/** How a new version takes over from the one before it. A first one has nothing beside it, and gets all at once. */
export interface TrafficPlan {
  /**
   * From a canary's share to all: the last one has 100 percent.
   * @default [{ percent: 10 }, { percent: 50 }, { percent: 100, minutes: 0 }]
   */
  readonly steps?: readonly TrafficStep[];
}
