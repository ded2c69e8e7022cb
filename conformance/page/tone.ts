/** How a verdict looks: its colour and the word beside its symbol; also what the totals count. */
import { type Verdict, verdicts } from "../harness/verdict.js";

/** `good`: as required. `gap`: declared and proven. `weak`: a SHOULD. `bad`: a MUST. `blank`: nothing is known. */
export type Tone = "good" | "value" | "gap" | "weak" | "bad" | "blank";

export const tones: Readonly<Record<Verdict, { readonly tone: Tone; readonly word: string }>> = {
  "pass": { tone: "good", word: "pass" },
  "info": { tone: "value", word: "value" },
  "unsupported": { tone: "gap", word: "gap" },
  "nonstrict": { tone: "weak", word: "nonstrict" },
  "fail": { tone: "bad", word: "fail" },
  "timeout": { tone: "bad", word: "timeout" },
  "crash": { tone: "bad", word: "crash" },
  "unmet": { tone: "blank", word: "unmet" },
  "harness-error": { tone: "blank", word: "error" },
  "notrun": { tone: "blank", word: "not run" },
};

interface Judged {
  readonly verdict: Verdict;
  readonly value?: string | number | boolean;
  readonly known?: true;
  readonly outside?: true;
}

/** Symbol and word, or symbol and value. */
export function wording({ verdict, value, outside }: Judged): string {
  if (outside === true) return "·";
  const { symbol } = verdicts[verdict];
  return verdict === "info" ? `${symbol} ${value}` : `${symbol} ${tones[verdict].word}`;
}

/** True if readers should see the row: the verdicts that say something are not all the same, or not the same value. */
export function differs(cells: readonly Judged[]): boolean {
  const [first, ...others] = cells.filter(({ verdict }) => tones[verdict].tone !== "blank");
  return others.some((cell) =>
    cell.verdict !== first?.verdict || cell.verdict === "info" && cell.value !== first.value
  );
}

export type Tally = Readonly<Record<Tone | "all" | "met", number>>;

/** How many cells there are of each tone, of those whose case is run on the subject; `met` is what is good or a value. */
export function tally(cells: readonly Judged[]): Tally {
  const counts = { good: 0, value: 0, gap: 0, weak: 0, bad: 0, blank: 0 };
  const own = cells.filter(({ outside }) => outside !== true);
  for (const { verdict } of own) counts[tones[verdict].tone]++;
  return { ...counts, all: own.length, met: counts.good + counts.value };
}
