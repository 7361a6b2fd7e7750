/** Bars over time, drawn here: a picture, and a sentence and a table for everyone. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { clockTime, number } from './time.tsx';

export interface Series {
  label: string;
  /** The style's class of its bars. */
  kind: 'synced' | 'skipped' | 'failed' | 'calls';
  values: readonly number[];
}

export interface ChartProps {
  title: string;
  /** What the picture shows, in a sentence. */
  summary: ComponentChildren;
  /** When each bar begins. */
  times: readonly string[];
  series: readonly Series[];
  /** A line for the limit. */
  limit?: { label: string; value: number };
}

const HEIGHT = 180;
const LEFT = 44;
const TOP = 12;
const BOTTOM = 24;
const LABEL_WIDTH = 64;
const PLOT = HEIGHT - TOP - BOTTOM;

export function Chart({ title, summary, times, series, limit }: ChartProps): JSX.Element {
  const heading = useId();
  const [frame, width] = useWidth();
  const totals = times.map((_, index) => series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));
  const top = niceTop(Math.max(1, limit?.value ?? 0, ...totals));
  return (
    <figure class="chart" aria-labelledby={heading}>
      <figcaption>
        <h4 id={heading}>{title}</h4>
        <p id={`${heading}-summary`}>{summary}</p>
        <Legend series={series} limit={limit} />
      </figcaption>
      <div ref={frame}>
        <svg
          width={width}
          height={HEIGHT}
          viewBox={`0 0 ${width} ${HEIGHT}`}
          role="img"
          aria-labelledby={`${heading} ${heading}-summary`}
          focusable="false"
        >
          <Grid width={width} top={top} />
          <Bars width={width} top={top} series={series} bars={times.length} />
          {limit === undefined ? null : <Limit width={width} y={yOf(limit.value, top)} />}
          <Times width={width} times={times} />
        </svg>
      </div>
      <AsTable title={title} times={times} series={series} />
    </figure>
  );
}

/** The available width in pixels, so that text in the picture keeps its size on a phone. */
function useWidth(): [{ current: HTMLDivElement | null }, number] {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(320);
  useEffect(() => {
    const { current } = frame;
    if (current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.max(240, Math.floor(entry.contentRect.width)));
    });
    observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, []);
  return [frame, width];
}

/** The next of 1, 2, 3, 4, 5, 6, 8, 10, 20, 25 … that is not below. */
export function niceTop(value: number): number {
  const ten = 10 ** Math.floor(Math.log10(value));
  const tops = [1, 2, 2.5, 3, 4, 5, 6, 8, 10].map((each) => each * ten).filter(Number.isInteger);
  return tops.find((top) => top >= value) ?? 10 * ten;
}

const yOf = (value: number, top: number): number => TOP + PLOT * (1 - value / top);

const Grid = ({ width, top }: { width: number; top: number }): JSX.Element => (
  <g class="grid">
    {[0, top / 2, top].map((value) => (
      <g key={value}>
        <line x1={LEFT} x2={width} y1={yOf(value, top)} y2={yOf(value, top)} />
        <text x={LEFT - 6} y={yOf(value, top) + 4} text-anchor="end">
          {Number.isInteger(value) ? number(value) : ''}
        </text>
      </g>
    ))}
  </g>
);

const Bars = ({
  width,
  top,
  series,
  bars,
}: {
  width: number;
  top: number;
  series: readonly Series[];
  bars: number;
}): JSX.Element => {
  const step = (width - LEFT) / Math.max(1, bars);
  const gap = Math.min(2, step / 4);
  return (
    <g>
      {Array.from({ length: bars }, (_, index) => {
        let below = 0;
        return series.map(({ kind, values }) => {
          const value = values[index] ?? 0;
          const height = (PLOT * value) / top;
          below += value;
          return value === 0 ? null : (
            <rect
              key={`${kind}-${index}`}
              class={`column ${kind}`}
              x={LEFT + index * step + gap / 2}
              y={yOf(below, top)}
              width={step - gap}
              height={Math.max(1, height)}
            />
          );
        });
      })}
    </g>
  );
};

const Limit = ({ width, y }: { width: number; y: number }): JSX.Element => (
  <line class="limit" x1={LEFT} x2={width} y1={y} y2={y} />
);

const Times = ({ width, times }: { width: number; times: readonly string[] }): JSX.Element => {
  const step = (width - LEFT) / Math.max(1, times.length);
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / step));
  return (
    <g class="times">
      {times.map((at, index) =>
        index % every !== 0 || LEFT + index * step + LABEL_WIDTH / 2 > width ? null : (
          <text key={at} x={LEFT + index * step} y={HEIGHT - 6}>
            {clockTime(at)}
          </text>
        ),
      )}
    </g>
  );
};

const Legend = ({
  series,
  limit,
}: {
  series: readonly Series[];
  limit: ChartProps['limit'] | undefined;
}): JSX.Element => (
  <ul class="legend">
    {series.map(({ label, kind }) => (
      <li key={kind} class={kind}>
        {label}
      </li>
    ))}
    {limit === undefined ? null : <li class="limit">{limit.label}</li>}
  </ul>
);

const AsTable = ({ title, times, series }: Pick<ChartProps, 'title' | 'times' | 'series'>): JSX.Element => (
  <details>
    <summary>
      As a table<span class="sr">: {title}</span>
    </summary>
    <div class="scroll" tabIndex={0} role="region" aria-label={`${title}, as a table`}>
      <table>
        <thead>
          <tr>
            <th scope="col">From</th>
            {series.map(({ label }) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((at, index) => (
            <tr key={at}>
              <th scope="row">{clockTime(at)}</th>
              {series.map(({ label, values }) => (
                <td key={label}>{number(values[index] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </details>
);
