/** Numbers and times in words, the same everywhere. */

/** Write a probability (0 to 1) with two decimals; never rounds up to a certainty that was not said. */
export function probability(value: number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (value < 1 && value >= 0.995) return "0.99";
  return value.toFixed(2);
}

/** Write a per cent with one decimal. */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? "" : `${value.toFixed(1)} %`;
}

/** Write a count with its noun in the right number. */
export function counted(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** Write a size in bytes for people. */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(0)} kB`;
  return `${(n / 1024 / 1024).toFixed(1)} MB`;
}

/** Write a duration in seconds in words. */
export function duration(seconds: number): string {
  if (seconds < 60) return counted(Math.max(1, Math.round(seconds)), "second", "seconds");
  if (seconds < 3600) return counted(Math.round(seconds / 60), "minute", "minutes");
  return counted(Math.round(seconds / 3600), "hour", "hours");
}
