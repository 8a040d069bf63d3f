/** What the browser knows of the screen; goes with each answer, so that odd conditions can be told afterwards. */

/** The shorter side of a screen that is too small for a study (CSS pixels): telephones. */
export const SMALLEST_SCREEN = 600;

export type ScreenFacts = Readonly<Record<string, number | string | boolean>>;

function gamut(): string {
  for (const name of ["rec2020", "p3", "srgb"])
    if (window.matchMedia(`(color-gamut: ${name})`).matches) return name;
  return "";
}

/** Return the facts of the screen as they are now. */
export function screenFacts(): ScreenFacts {
  const has = (query: string): boolean => window.matchMedia(query).matches;
  return {
    width: window.screen.width,
    height: window.screen.height,
    window_width: window.innerWidth,
    window_height: window.innerHeight,
    pixel_ratio: Math.round(window.devicePixelRatio * 1000) / 1000,
    colour_depth: window.screen.colorDepth,
    gamut: gamut(),
    high_range: has("(dynamic-range: high)"),
    forced_colours: has("(forced-colors: active)"),
    touch: has("(pointer: coarse)"),
  };
}

/** Tell whether a screen of this size is too small for the images to be judged. */
export function isTooSmall(width: number, height: number): boolean {
  return Math.min(width, height) < SMALLEST_SCREEN;
}
