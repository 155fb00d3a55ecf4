import type { Metadata } from "next"
import type { ReactNode } from "react"

export const metadata: Metadata = { title: "Linked accounts with Prisma" }

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" style={{ colorScheme: "light dark", fontFamily: "system-ui" }}>
      <body style={{ maxWidth: "40rem", margin: "2rem auto", padding: "0 1rem" }}>{children}</body>
    </html>
  )
}
