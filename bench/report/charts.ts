/** Charts as SVG, made without a browser; one for light pages and one for dark ones. */
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

import { absolute } from "../runner/ratios.ts";
import type { Sample } from "../runner/sample.ts";
import { runtimeNames, type SubjectName } from "../runner/subjects.ts";
import { growthSteps, type Workload, workloads } from "../runner/workloads.ts";
import { againstBest, platformTitles } from "./tables.ts";

export const themes = ["light", "dark"] as const;
export type Theme = (typeof themes)[number];

const palette = {
  light: {
    text: "#1f2328",
    grid: "#d1d9e0",
    native: "#8c959f",
    omnisock: "#0969da",
    accent: "#bc4c00",
    limit: "#1a7f37",
  },
  dark: {
    text: "#e6edf3",
    grid: "#3d444d",
    native: "#8b949e",
    omnisock: "#58a6ff",
    accent: "#ffa657",
    limit: "#56d364",
  },
} as const;

interface Chart {
  readonly name: string;
  /** What a reader who does not see it is told. */
  readonly alt: string;
  readonly spec: (samples: readonly Sample[], theme: Theme) => TopLevelSpec;
}

const platforms = runtimeNames.map((name) => platformTitles[name]);

export const charts: readonly Chart[] = [
  { name: "ratios", alt: "omnisock against the best native code, by workload and runtime", spec: ratioChart },
  {
    name: "echo",
    alt: "round trips per second of a TCP echo over 64 connections",
    spec: (samples, theme) => rateChart(samples, workloadOf("echo-64-64"), theme),
  },
  {
    name: "udp",
    alt: "round trips per second of a UDP echo with a window of 64",
    spec: (samples, theme) => rateChart(samples, workloadOf("udp-echo-64"), theme),
  },
  { name: "growth", alt: "processor time per round trip, from 10 to 5,000 connections", spec: growthChart },
];

export async function renderChart({ spec }: Chart, samples: readonly Sample[], theme: Theme): Promise<string> {
  const { text, grid } = palette[theme];
  const { spec: compiled } = compile({
    ...spec(samples, theme),
    background: "transparent",
    config: {
      font: "system-ui, sans-serif",
      view: { stroke: null },
      axis: {
        labelColor: text,
        titleColor: text,
        gridColor: grid,
        domainColor: grid,
        tickColor: grid,
        labelLimit: 280,
      },
      header: { labelColor: text, titleColor: text, labelFontWeight: "bold" },
      legend: { labelColor: text, titleColor: text, orient: "bottom" },
      title: { color: text, anchor: "start" },
    },
  });
  const view = new View(parse(compiled), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}

function workloadOf(id: string): Workload {
  const found = workloads.find((workload) => workload.id === id);
  if (found === undefined) throw new Error(`there is no workload ${id}`);
  return found;
}

/** A dot per workload with the range of its rounds. To the right is better, whatever is measured. */
function ratioChart(samples: readonly Sample[], theme: Theme): TopLevelSpec {
  const { omnisock, accent, text } = palette[theme];
  // Those of the growth have a chart of their own.
  const shown = workloads.filter(({ id, kind }) => kind !== "import" && !id.startsWith("growth-"));
  const values = shown.flatMap((workload) =>
    runtimeNames.flatMap((platform) => {
      const spread = againstBest(samples, workload, { platform, subject: "omnisock" });
      if (spread === undefined) return [];
      const [low, high] = spread.range;
      const turned = workload.better === "lower";
      const of = (ratio: number) => turned ? 1 / ratio : ratio;
      return [{
        workload: workload.title,
        runtime: platformTitles[platform],
        ratio: of(spread.median),
        low: of(turned ? high : low),
        high: of(turned ? low : high),
      }];
    })
  );
  const y = {
    field: "workload",
    type: "nominal" as const,
    sort: null,
    title: null,
    axis: { grid: true, labelLimit: 0 },
  };
  return {
    title: "omnisock against the best native code (1 is equal, right is better)",
    data: { values },
    facet: { column: { field: "runtime", sort: platforms, title: null } },
    spec: {
      width: 190,
      layer: [
        { mark: { type: "rule", color: text, strokeDash: [3, 3] }, encoding: { x: { datum: 1 } } },
        {
          mark: { type: "rule", color: omnisock, strokeWidth: 2, opacity: 0.6 },
          encoding: { y, x: { field: "low", type: "quantitative" }, x2: { field: "high" } },
        },
        {
          mark: { type: "point", filled: true, size: 60, opacity: 1 },
          encoding: {
            y,
            x: { field: "ratio", type: "quantitative", scale: { type: "log" }, title: null, axis: { tickCount: 5 } },
            color: { condition: { test: "datum.ratio < 0.95", value: accent }, value: omnisock },
          },
        },
      ],
    },
  };
}

/** Bars of everything that ran, and the limit as a line. */
function rateChart(samples: readonly Sample[], workload: Workload, theme: Theme): TopLevelSpec {
  const { native, omnisock, limit } = palette[theme];
  const cells = runtimeNames.flatMap((platform) => workload.subjects.map((subject) => ({ platform, subject })));
  const values = cells.flatMap(({ platform, subject }) => {
    const spread = absolute(samples, workload.id, { platform, subject });
    if (spread === undefined) return [];
    const own = subject.startsWith("omnisock");
    return [{
      runtime: platformTitles[platform],
      subject,
      rate: spread.median / 1000,
      kind: own ? "omnisock" : "native",
    }];
  });
  const most = absolute(samples, workload.id, { platform: "c", subject: "c" as SubjectName })?.median;
  return {
    title: `${workload.title}: thousand ${workload.unit}${most === undefined ? "" : "; the line is C"}`,
    data: { values },
    facet: { column: { field: "runtime", sort: platforms, title: null } },
    spec: {
      width: 210,
      layer: [
        {
          mark: { type: "bar" },
          encoding: {
            y: { field: "subject", type: "nominal", sort: [...workload.subjects], title: null },
            x: { field: "rate", type: "quantitative", title: null },
            color: {
              field: "kind",
              type: "nominal",
              scale: { domain: ["native", "omnisock"], range: [native, omnisock] },
              legend: null,
            },
          },
        },
        ...(most === undefined ? [] : [{
          mark: { type: "rule" as const, color: limit, strokeWidth: 2 },
          encoding: { x: { datum: most / 1000 } },
        }]),
      ],
    },
  };
}

function growthChart(samples: readonly Sample[], theme: Theme): TopLevelSpec {
  const { native, omnisock } = palette[theme];
  const values = runtimeNames.flatMap((platform) =>
    (["native", "omnisock"] as const).flatMap((subject) =>
      growthSteps.flatMap((connections) => {
        const spread = absolute(samples, `growth-${connections}`, { platform, subject }, "cpu");
        return spread === undefined
          ? []
          : [{ runtime: platformTitles[platform], subject, connections, cost: spread.median }];
      })
    )
  );
  return {
    title: "Processor time per round trip (µs), by connections",
    data: { values },
    facet: { column: { field: "runtime", sort: platforms, title: null } },
    spec: {
      width: 210,
      height: 160,
      mark: { type: "line", point: true, strokeWidth: 2 },
      encoding: {
        x: {
          field: "connections",
          type: "quantitative",
          scale: { type: "log" },
          title: null,
          axis: { values: [...growthSteps] },
        },
        y: { field: "cost", type: "quantitative", title: null, scale: { zero: true } },
        color: {
          field: "subject",
          type: "nominal",
          scale: { domain: ["native", "omnisock"], range: [native, omnisock] },
          title: null,
        },
      },
    },
  };
}
