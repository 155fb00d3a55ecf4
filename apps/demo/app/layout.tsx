import type { Metadata, Viewport } from "next"
import Link from "next/link"
import type { ReactNode } from "react"
import "./styles.css"

export const metadata: Metadata = { title: "Evergrant demo", description: "A grant that stays fresh." }
export const viewport: Viewport = { colorScheme: "light dark" }

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <header>
          <Link href="/" prefetch={false}>
            Evergrant demo
          </Link>
        </header>
        {children}
      </body>
    </html>
  )
}
