"use client"
/** Counts down to an instant; says nothing before the browser's own clock is known. */
import { useEffect, useState } from "react"

export function SecondsLeft({ until }: { until: number }) {
  const [left, setLeft] = useState<number>()
  useEffect(() => {
    const tick = () => setLeft(Math.max(0, Math.ceil(until - Date.now() / 1000)))
    tick()
    const timer = setInterval(tick, 1000)
    return () => clearInterval(timer)
  }, [until])
  if (left === undefined) return null
  return <span>{left > 0 ? `, ${left} s left` : ", over: the next use fetches a new one"}</span>
}
