import type { ReactNode } from "react"
import type { Profile } from "@/data/profile"

/** The page's frame; the style sheet follows its theme, and the system's where there is none. */
export function ThemedMain({
  theme,
  children,
}: {
  theme?: Profile["theme"] | undefined
  children: ReactNode
}) {
  return <main data-theme={theme}>{children}</main>
}
