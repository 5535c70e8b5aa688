import type { RouteConfig, RuleConfig } from '../model.ts'

export const routeOf = (route: RouteConfig): RouteConfig => inOrder(route)
export const ruleOf = (rule: RuleConfig): RuleConfig => inOrder(rule)

/** The same fields in one order, so that texts of them can be compared. */
const inOrder = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) as T

export const sameValue = (one: object | null, other: object | null): boolean =>
  JSON.stringify(one === null ? null : inOrder(one)) === JSON.stringify(other === null ? null : inOrder(other))
