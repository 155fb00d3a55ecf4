/** Next's own request: `cookies()` and `headers()` as a server action, a route handler or a Server Component has them. */

import { type WorkStore, workAsyncStorage } from "next/dist/server/app-render/work-async-storage.external.js"
import { workUnitAsyncStorage } from "next/dist/server/app-render/work-unit-async-storage.external.js"
import { createRequestStore } from "next/dist/server/async-storage/request-store.js"
import { appendMutableCookies } from "next/dist/server/web/spec-extension/adapters/request-cookies.js"
import type { Browser } from "./browser.ts"

/** `action` for server actions and route handlers, `render` for Server Components. */
type Phase = "action" | "render"

/** Does the work within a request of this browser, which keeps the cookies that Next sends. */
export async function inNext<T>(
  browser: Browser,
  phase: Phase,
  work: () => Promise<T>,
  given: Headers = browser.request("/page").headers,
): Promise<{ result: T; setCookies: string[] }> {
  const store = createRequestStore({
    phase,
    headers: given,
    onUpdateCookies: undefined,
    url: { pathname: "/page" },
    rootParams: {},
    implicitTags: { tags: [], expirationsByCacheKind: new Map() },
    resumeDataCache: null,
    previewProps: undefined,
    isHmrRefresh: false,
    serverComponentsHmrCache: undefined,
    hmrRefreshHash: undefined,
    stagedFallbackParams: null,
  })
  const result = await workAsyncStorage.run({ route: "/page" } as WorkStore, () =>
    workUnitAsyncStorage.run(store, work),
  )
  const sent = new Headers()
  appendMutableCookies(sent, store.mutableCookies)
  browser.jar.store(browser.origin, sent.getSetCookie())
  return { result, setCookies: sent.getSetCookie() }
}
