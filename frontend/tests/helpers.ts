import type { CellData, ClassInfo } from "../src/cells/types";

export const CLASSES: ClassInfo[] = [
  ["neutrophil", "Neutrophil", "N", "1", "#56B4E9", "leukocyte", false],
  ["lymphocyte", "Lymphocyte", "L", "2", "#882255", "leukocyte", false],
  ["erythroblast", "Erythroblast", "R", "7", "#E69F00", "nrbc", false],
  ["platelet", "Platelet", "P", "8", "#F0E442", "non-cell", false],
  ["not-classed", "Not classed", "X", "x", "#767676", "unclassifiable", true],
  ["not-a-cell", "Not a cell", "-", "Backspace", "#767676", "non-cell", true],
].map(([name, title, letter, key, colour, role, human_only]) => ({
  name,
  title,
  letter,
  key,
  colour,
  role,
  human_only,
})) as ClassInfo[];

/** A cell as the server sends it: a suggested neutrophil that nobody has labelled. */
export function cellData(id: string, change: Partial<CellData> = {}): CellData {
  return {
    id,
    field: "f1",
    box: [0, 0, 10, 10],
    class: "",
    review_state: "suggested",
    suggested: "neutrophil",
    suggestion: "m1",
    probability: 0.9,
    unidentified: false,
    version: 1,
    crop_url: `/cells/${id}/crop/`,
    probabilities: { neutrophil: 0.9, lymphocyte: 0.1 },
    ...change,
  };
}
