/**
 * One value per process and key. Next.js evaluates a module up to three times (proxy, route handlers, pages),
 * and each copy has its own module state; `globalThis` is the only thing that they share.
 */
const registryKey = Symbol.for("evergrant.process-wide")

type Registry = Map<string, unknown>

/** Returns the value made for `key` in this process, creating it at the first call from any module copy. */
export function processWide<T>(key: string, create: () => T): T {
  const holder = globalThis as { [registryKey]?: Registry }
  const registry = holder[registryKey] ?? new Map<string, unknown>()
  holder[registryKey] = registry
  if (!registry.has(key)) registry.set(key, create())
  return registry.get(key) as T
}

/**
 * Forgets the value of `key`; the next {@link processWide} makes a new one.
 *
 * @param value Where given, only this one is forgotten, and not what came after it.
 */
export function forgetProcessWide(key: string, value?: unknown): void {
  const registry = (globalThis as { [registryKey]?: Registry })[registryKey]
  if (value === undefined || registry?.get(key) === value) registry?.delete(key)
}
