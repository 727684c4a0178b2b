/** Pictures of the dashboards that come with the product. */

import { Blocks, Bot, CircleDollarSign, Gauge, LayoutDashboard, MessageSquareText, Star, Tag, TriangleAlert, UsersRound, type LucideIcon } from "lucide-react";

const ICONS: Record<string, LucideIcon> = {
  models: Blocks,
  prompts: MessageSquareText,
  features: Tag,
  users: UsersRound,
  agents: Bot,
  latency: Gauge,
  errors: TriangleAlert,
  quality: Star,
  cost: CircleDollarSign,
};

/** The picture of a dashboard; of the project's own, a general one. */
export function iconOf(name: string): LucideIcon {
  return ICONS[name] ?? LayoutDashboard;
}
