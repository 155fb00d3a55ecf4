"use client"
/** A field that the browser itself may patch: `evergrant.data.browserWritable` lists it. */
import { useRouter } from "next/navigation"
import { useState } from "react"
import type { Profile } from "@/data/profile"

export function ThemeSwitch({ theme }: { theme: Profile["theme"] }) {
  const router = useRouter()
  const [failed, setFailed] = useState(false)
  const other = theme === "dark" ? "light" : "dark"

  async function change() {
    const answer = await fetch("/api/auth/evergrant/patch", {
      method: "POST",
      headers: { "content-type": "application/json", "x-evergrant": "1" },
      body: JSON.stringify({ theme: other }),
    }).catch(() => undefined)
    setFailed(!answer?.ok)
    router.refresh()
  }

  return (
    <>
      <button type="button" onClick={change}>
        Use the {other} theme
      </button>
      {failed && <p role="alert">The theme could not be kept.</p>}
    </>
  )
}
