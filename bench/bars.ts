/** Bars of one thing measured: each row has a label, and a bar for each series. */
export interface Bars {
  readonly title: string;
  /** Of all values; shown once, beside the title. */
  readonly unit: string;
  readonly rows: readonly {
    readonly label: string;
    /** A value for each series; none: not measured. */
    readonly values: readonly number[];
  }[];
  /** Their names, where there are several. */
  readonly series?: readonly string[];
  /** A value that should not be passed, drawn as a line. */
  readonly goal?: number;
  /** Digits behind the point. Default 0. */
  readonly digits?: number;
}

const WIDTH = 860;
const [LABELS, VALUES] = [420, 60];
const SPAN = WIDTH - LABELS - VALUES;
const [TOP, BAR, GAP, LEGEND] = [44, 16, 10, 24];

/** Readable on white and on black: the browser tells which of the two it shows. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 15px; }
  .value { font-size: 12px; }
  .goal { stroke: #57606a; stroke-dasharray: 4 3; }
  .s0 { fill: #0969da; } .s1 { fill: #bf8700; } .s2 { fill: #8250df; } .s3 { fill: #1a7f37; } .s4 { fill: #cf222e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .goal { stroke: #8b949e; }
    .s0 { fill: #58a6ff; } .s1 { fill: #d29922; } .s2 { fill: #bc8cff; } .s3 { fill: #3fb950; } .s4 { fill: #ff7b72; }
  }`;

/** Draws horizontal bars as SVG. */
export function drawBars({ title, unit, rows, series = [], goal, digits = 0 }: Bars): string {
  const values = rows.flatMap((row) => row.values).filter(Number.isFinite);
  const most = Math.max(...values, goal ?? 0, Number.MIN_VALUE);
  const x = (value: number) => (SPAN * value) / most;
  const begin = TOP + (series.length > 1 ? LEGEND : 0);
  const parts: string[] = [];
  let y = begin;
  for (const row of rows) {
    const height = BAR * row.values.length;
    parts.push(text(LABELS - 8, y + height / 2 + 4, row.label, 'end'));
    for (const [i, value] of row.values.entries()) {
      if (!Number.isFinite(value)) continue;
      const top = y + i * BAR;
      parts.push(
        `<rect class="s${i}" x="${LABELS}" y="${top}" width="${x(value).toFixed(1)}" height="${BAR - 2}" rx="2"/>`,
      );
      parts.push(text(LABELS + x(value) + 5, top + 11, value.toFixed(digits), 'start', 'value'));
    }
    y += height + GAP;
  }
  if (goal !== undefined) {
    const at = (LABELS + x(goal)).toFixed(1);
    parts.push(`<line class="goal" x1="${at}" x2="${at}" y1="${begin - 6}" y2="${y - GAP + 4}"/>`);
  }
  const legend =
    series.length > 1 ? series.map((name, i) => legendOf(name, i, LABELS + i * (SPAN / series.length))) : [];
  const goalOf = goal === undefined ? '' : `; dashed: goal ${goal}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
${[text(8, 22, `${title} (${unit}${goalOf})`, 'start', 'title'), ...legend, ...parts].join('\n')}
</svg>
`;
}

function legendOf(name: string, i: number, x: number): string {
  const square = `<rect class="s${i}" x="${x.toFixed(0)}" y="${TOP - 9}" width="11" height="11" rx="2"/>`;
  return square + text(x + 16, TOP + 1, name, 'start', 'value');
}

function text(x: number, y: number, words: string, anchor: 'start' | 'end', style?: string): string {
  const named = style === undefined ? '' : ` class="${style}"`;
  return `<text${named} x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (words: string) => words.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
