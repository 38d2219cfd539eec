/** How `window` cuts series, which have a row for each moment, into windows. */
export interface WindowRecipe {
  /** The column that says which series a row is of, such as a machine. */
  readonly series: string;
  /** The column of numbers or times that orders the rows of a series. */
  readonly order: string;
  /** The measurements, in the order that they have in a window. */
  readonly values: readonly string[];
  /** The column that is true in the row where what is to be foreseen happens. */
  readonly event: string;
  /** Rows of a window. */
  readonly length: number;
  /**
   * Rows from the start of a window to that of the next.
   * @default 1
   */
  readonly stride?: number;
  /** How many rows after a window are looked at for the event. */
  readonly horizon: number;
  /**
   * Columns that a window has of its last row, besides the series and the order.
   * @default - none
   */
  readonly keep?: readonly string[];
  /**
   * What becomes of series that have no window.
   * @default "refuse"
   */
  readonly short?: "refuse" | "leave_out";
  /**
   * The column of windows: arrays of `length` by as many as there are values.
   * @default "window"
   */
  readonly window?: string;
  /**
   * The column that is true where the event follows.
   * @default "event_follows"
   */
  readonly target?: string;
}

/** How `trainImages` and `trainSeries` make their network, and teach it. */
export interface NetworkTraining {
  /**
   * The most passes over the training rows.
   * @default 30
   */
  readonly epochs?: number;
  /**
   * How many passes without a smaller loss on the validation rows end it; the best is kept.
   * @default 5
   */
  readonly patience?: number;
  /**
   * Rows of one step.
   * @default 64
   */
  readonly batch_size?: number;
  /**
   * Adam's, between 0 and 1.
   * @default 0.001
   */
  readonly learning_rate?: number;
  /**
   * Of the first convolution; later ones have twice as many.
   * @default 16
   */
  readonly filters?: number;
  /**
   * How many pixels, or rows of a window, a convolution sees; odd.
   * @default 5
   */
  readonly kernel?: number;
  /**
   * The share of features that a step of learning leaves out.
   * @default 0.1
   */
  readonly dropout?: number;
}
