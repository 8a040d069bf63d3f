/**
 * Which cell lies where: lanes of classes, each with its cells in order. No DOM.
 *
 * A cell that gets another class stays at its place as a ghost until `settle`, so that nothing moves under the eye of
 * a person who works on; a cell that is only confirmed stays until the gallery is sorted again.
 */

import type { Cell } from "../cells/store";
import { type ClassInfo, UNIDENTIFIED } from "../cells/types";

export interface Lane {
  readonly name: string;
  readonly cells: readonly string[];
}

export interface Place {
  readonly lane: number;
  readonly index: number;
}

/** Return the lanes that are always there, unidentified first since it must be emptied. */
export function laneNames(classes: readonly ClassInfo[]): string[] {
  return [UNIDENTIFIED, ...classes.map((cls) => cls.name)];
}

export class Lanes {
  #lanes: { name: string; cells: string[] }[] = [];
  #places = new Map<string, Place>();

  /** Lay out cells that come in order, each in the lane of its class. */
  build(ids: readonly string[], laneOf: (id: string) => string, always: readonly string[]): void {
    const byName = new Map<string, string[]>(always.map((name) => [name, []]));
    for (const id of ids) {
      const name = laneOf(id);
      const lane = byName.get(name);
      if (lane) lane.push(id);
      else byName.set(name, [id]);
    }
    this.#lanes = Array.from(byName, ([name, cells]) => ({ name, cells }));
    this.#index();
  }

  get all(): readonly Lane[] {
    return this.#lanes;
  }

  get size(): number {
    return this.#places.size;
  }

  place(id: string): Place | undefined {
    return this.#places.get(id);
  }

  /** Return the lane in which a cell lies, which is that of its class unless it is a ghost. */
  laneOf(id: string): string | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#lanes[place.lane]?.name;
  }

  at(place: Place): string | undefined {
    return this.#lanes[place.lane]?.cells[place.index];
  }

  /** Return all cells, lane after lane. */
  flat(): string[] {
    return this.#lanes.flatMap((lane) => lane.cells);
  }

  /** Return the cells between two, both included, as they lie. */
  between(a: string, b: string): string[] {
    const flat = this.flat();
    const [from, to] = [flat.indexOf(a), flat.indexOf(b)];
    if (from < 0 || to < 0) return [b];
    return flat.slice(Math.min(from, to), Math.max(from, to) + 1);
  }

  /** Return the cells that lie in another lane than that of their class. */
  ghosts(get: (id: string) => Cell | undefined): string[] {
    return this.#lanes.flatMap((lane) => lane.cells.filter((id) => get(id)?.shown !== lane.name));
  }

  /**
   * Bring every cell to the lane of its class: ghosts move to the end of it, new cells too, those that are gone leave.
   * `shows` says which cells the filters let pass; one that does not any more stays while it lies here already.
   */
  settle(cells: Iterable<Cell>, shows: (cell: Cell) => boolean): boolean {
    const present = new Map(Array.from(cells, (cell) => [cell.id, cell]));
    const moving: Cell[] = [];
    let changed = false;
    for (const lane of this.#lanes) {
      const stay = lane.cells.filter((id) => {
        const cell = present.get(id);
        if (cell && cell.shown !== lane.name) moving.push(cell);
        return cell?.shown === lane.name;
      });
      if (stay.length === lane.cells.length) continue;
      lane.cells = stay;
      changed = true;
    }
    for (const cell of present.values()) {
      if (!this.#places.has(cell.id) && shows(cell)) moving.push(cell);
    }
    for (const cell of moving) {
      const lane = this.#lanes.find((candidate) => candidate.name === cell.shown);
      if (lane) lane.cells.push(cell.id);
      else this.#lanes.push({ name: cell.shown, cells: [cell.id] });
      changed = true;
    }
    if (changed) this.#index();
    return changed;
  }

  /** Return the neighbour along the lanes: the next lane's first after a lane's last. */
  step(id: string, by: 1 | -1): string | undefined {
    const place = this.#places.get(id);
    if (!place) return undefined;
    const near = this.at({ lane: place.lane, index: place.index + by });
    if (near !== undefined) return near;
    const lane = this.#beside(place.lane, by);
    return by === 1 ? lane?.cells[0] : lane?.cells.at(-1);
  }

  /** Return the cell one row up or down; across lanes it keeps its column as well as it can. */
  row(id: string, by: 1 | -1, columns: number): string | undefined {
    const place = this.#places.get(id);
    const own = place && this.#lanes[place.lane];
    if (!place || !own) return undefined;
    const column = place.index % columns;
    const lastRow = Math.floor((own.cells.length - 1) / columns);
    const row = Math.floor(place.index / columns) + by;
    if (row >= 0 && row <= lastRow) return own.cells[Math.min(row * columns + column, own.cells.length - 1)];
    const lane = this.#beside(place.lane, by);
    if (!lane) return undefined;
    const start = by === 1 ? 0 : Math.floor((lane.cells.length - 1) / columns) * columns;
    return lane.cells[Math.min(start + column, lane.cells.length - 1)];
  }

  /**
   * Return the next cell for which `wanted` holds: after `id` to the end of the lanes, then from the beginning; the
   * cell itself last of all, and only if it is wanted too.
   */
  next(id: string | null, wanted: (id: string) => boolean): string | undefined {
    const flat = this.flat();
    const start = id === null ? -1 : flat.indexOf(id);
    for (let i = 1; i <= flat.length; i += 1) {
      const candidate = flat[(start + i + flat.length) % flat.length];
      if (candidate !== undefined && wanted(candidate)) return candidate;
    }
    return undefined;
  }

  #beside(lane: number, by: 1 | -1): Lane | undefined {
    for (let at = lane + by; at >= 0 && at < this.#lanes.length; at += by) {
      const found = this.#lanes[at];
      if (found && found.cells.length > 0) return found;
    }
    return undefined;
  }

  #index(): void {
    this.#places = new Map();
    for (const [lane, { cells }] of this.#lanes.entries()) {
      for (const [index, id] of cells.entries()) this.#places.set(id, { lane, index });
    }
  }
}
