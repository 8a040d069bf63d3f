/** Orders that only the server can make, since they rest on what the model's features say. */

import { API } from "../cells/acts";
import { getJson } from "../shared/api";

const SERVER = "server:";

/** Return the place of each cell in an order of the server, null when the order is the page's own. */
export async function ranksOf(
  where: string,
  order: string,
  active: string | null,
): Promise<ReadonlyMap<string, number> | null> {
  if (!order.startsWith(SERVER)) return null;
  const by = order.slice(SERVER.length);
  const to = by === "similarity" && active ? `&to=${active}` : "";
  const answer = await getJson<{ cells: string[] }>(`${API}/${where}/gallery/order/?by=${by}${to}`);
  return new Map(answer.cells.map((id, at) => [id, at]));
}
