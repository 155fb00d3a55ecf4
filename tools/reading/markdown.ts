/**
 * The little of Markdown that the checks need: headings, fenced blocks and links. Fences are taken out first, so that
 * a `#` in a shell block is no heading and a `[0](x)` in code is no link.
 */

/** A heading, with the anchor that GitHub gives it. */
export interface Heading {
  level: number
  text: string
  anchor: string
  line: number
}

/** A fenced block. */
export interface Fence {
  language: string
  text: string
  line: number
}

/** A link or an image. */
export interface Link {
  target: string
  line: number
}

/** One Markdown file, read. */
export interface Markdown {
  headings: Heading[]
  fences: Fence[]
  links: Link[]
}

/** Reads the text of a Markdown file. */
export function readMarkdown(text: string): Markdown {
  const { fences, prose } = takeOutFences(text)
  return { fences, headings: headingsIn(prose), links: linksIn(prose) }
}

function takeOutFences(text: string): { fences: Fence[]; prose: string[] } {
  const fences: Fence[] = []
  let open: { mark: string; indent: number; fence: Fence; lines: string[] } | undefined
  const prose = text.split("\n").map((line, index) => {
    const mark = /^( *)(`{3,}|~{3,})\s*([^\s`]*)/.exec(line)
    if (!open) {
      if (!mark) return line
      const fence = { language: mark[3] ?? "", text: "", line: index + 1 }
      open = { mark: mark[2] ?? "", indent: mark[1]?.length ?? 0, fence, lines: [] }
    } else if (mark?.[2]?.startsWith(open.mark) && line.trim() === mark[2]) {
      fences.push({ ...open.fence, text: open.lines.join("\n") })
      open = undefined
    } else open.lines.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)))
    return ""
  })
  if (open) fences.push({ ...open.fence, text: open.lines.join("\n") })
  return { fences, prose }
}

function headingsIn(prose: string[]): Heading[] {
  const taken = new Map<string, number>()
  return prose.flatMap((line, index) => {
    const match = /^(#{1,6})\s+(.+?)\s*#*\s*$/.exec(line)
    if (!match?.[1] || !match[2]) return []
    const text = match[2].replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "")
    const plain = text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-")
    const times = taken.get(plain) ?? 0
    taken.set(plain, times + 1)
    return [
      { level: match[1].length, text, anchor: times === 0 ? plain : `${plain}-${times}`, line: index + 1 },
    ]
  })
}

function linksIn(prose: string[]): Link[] {
  return prose.flatMap((raw, index) => {
    const line = raw.replace(/`[^`]*`/g, "``")
    const inline = [...line.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)]
    const defined = [...line.matchAll(/^\s*\[[^\]]+\]:\s*<?([^\s>]+)/g)]
    const html = [...line.matchAll(/\b(?:href|src|srcset)="([^"\s]+)"/g)]
    return [...inline, ...defined, ...html].map((match) => ({ target: match[1] ?? "", line: index + 1 }))
  })
}
