/** A time of day, for whoever looks at short lives. */
export function Instant({ at }: { at: number }) {
  const text = new Date(at * 1000).toISOString()
  return <time dateTime={text}>{text.slice(11, 19)} UTC</time>
}
