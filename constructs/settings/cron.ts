interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Names that stand for numbers, the first for `from`. */
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: "minute", from: 0, to: 59 },
  { name: "hour", from: 0, to: 23 },
  { name: "day of the month", from: 1, to: 31 },
  {
    name: "month",
    from: 1,
    to: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  { name: "day of the week", from: 0, to: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * What is wrong with a cron expression of five fields, in words; undefined where nothing is.
 * Kubeflow's own has a field for seconds in front, and takes five fields to mean something else.
 * https://pkg.go.dev/github.com/robfig/cron@v1.2.0
 */
export function cronProblem(cron: string): string | undefined {
  const texts = cron.trim().split(/\s+/);
  if (texts.length !== FIELDS.length)
    return `found ${JSON.stringify(cron)}: give it the five fields of cron, ${FIELDS.map(({ name }) => name).join(", ")}, such as "30 3 * * mon-fri"`;
  const sets: ReadonlySet<number>[] = [];
  for (const [index, field] of FIELDS.entries()) {
    const text = texts[index] ?? "";
    const set = valuesOf(text, field);
    if (!set)
      return `found ${JSON.stringify(text)} as the ${field.name}: give it numbers from ${field.from} to ${field.to}${field.names ? ` or ${field.names[0]} to ${field.names.at(-1)}` : ""}, such as *, 5, 1-5, */2 or 1,3`;
    sets.push(set);
  }
  const [, , days = new Set(), months = new Set()] = sets;
  const everyWeekday = /^[*?]/.test(texts[4] ?? "");
  const comes = [...months].some((month) => [...days].some((day) => day <= (LONGEST_MONTHS[month - 1] ?? 0)));
  return everyWeekday && !comes ? `found ${JSON.stringify(cron)}, a day that never comes: give it another` : undefined;
}

/**
 * The same for six fields, the first for seconds, as CloudNativePG has it. It is one second: two base backups a minute
 * are in each other's way.
 */
export function cronWithSecondsProblem(cron: string): string | undefined {
  const [second = "", ...others] = cron.trim().split(/\s+/);
  if (others.length !== FIELDS.length)
    return `found ${JSON.stringify(cron)}: give it the six fields of cron, second, ${FIELDS.map(({ name }) => name).join(", ")}, such as "0 30 2 * * *"`;
  if (!/^[0-5]?\d$/.test(second)) return `found ${JSON.stringify(second)} as the second: give it a number from 0 to 59`;
  return cronProblem(others.join(" "));
}

/** As Kubeflow writes it: at second 0. */
export function withSeconds(cron: string): string {
  return ["0", ...cron.trim().split(/\s+/)].join(" ");
}

function valuesOf(text: string, field: Field): ReadonlySet<number> | undefined {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [, range = "", , step] = /^([^/]+)(\/(\d+))?$/.exec(part) ?? [];
    const [first = "", last, ...more] = range.split("-");
    const isAll = first === "*" || first === "?";
    const from = isAll ? field.from : numberOf(first, field);
    // a single number with a step goes on to the end
    const to = isAll || (last === undefined && step !== undefined) ? field.to : numberOf(last ?? first, field);
    if (more.length > 0 || (isAll && last !== undefined) || from === undefined || to === undefined) return undefined;
    if (from > to || step === "0") return undefined;
    for (let value = from; value <= to; value += Number(step ?? 1)) values.add(value);
  }
  return values;
}

function numberOf(text: string, { from, to, names = [] }: Field): number | undefined {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + from;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return number >= from && number <= to ? number : undefined;
}
